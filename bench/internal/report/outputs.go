package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/internal/report/benchfmt"
	"github.com/memproof/memproof/bench/internal/report/chart"
	"github.com/memproof/memproof/bench/internal/report/junit"
	"github.com/memproof/memproof/bench/internal/report/markdown"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// outputs is the table of files, in the order in which they are made. The page shows
// the pictures that precede it.
var outputs = []view.Output{
	chart.Memory, chart.Processes, chart.Latency, chart.Effect, chart.Along, chart.Analyses, chart.Waterfall,
	markdown.Page, junit.XML, benchfmt.Text,
}

// Write makes the [outputs] in the run directory. If a run lacks the figures of a
// picture, the page says why in its place. Write fails only if it cannot read or write.
func Write(run *record.Run, v *verdict.Verdict) error {
	return write(outputs, view.Of(run, v))
}

func write(all []view.Output, m view.Material) error {
	for _, o := range all {
		if o.Only != nil && !o.Only(m.Run.Scenario) {
			continue
		}
		why, err := writeOutput(o, m)
		if err != nil {
			return fmt.Errorf("write %s: %w", o.Name, err)
		}
		if o.Caption != nil {
			m.Pictures = append(m.Pictures, view.Picture{Caption: *o.Caption, File: o.Name, Missing: why})
		}
	}
	return nil
}

// writeOutput writes the file. If the run lacks what it needs, it removes the file of
// an earlier report, and returns why.
func writeOutput(o view.Output, m view.Material) (why view.NotMade, err error) {
	path := filepath.Join(m.Run.Dir, o.Name)
	text, err := o.Write(m)
	if errors.As(err, &why) {
		if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return why, err
	}
	if err != nil {
		return "", err
	}
	return "", files.WriteFile(path, text)
}

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
)

// outputs is the table of files, in the order in which they are made. The page shows
// the pictures that stand before it.
var outputs = []view.Output{
	chart.Memory, chart.Processes, chart.Latency, chart.Effect, chart.Waterfall,
	markdown.Page, junit.XML, benchfmt.Text,
}

func write(all []view.Output, m view.Material) error {
	for _, o := range all {
		if o.Only != nil && !o.Only(m.Run.Scenario) {
			continue
		}
		why, err := leave(o, m)
		if err != nil {
			return fmt.Errorf("write %s: %w", o.Name, err)
		}
		if c := o.Caption; c != nil {
			m.Pictures = append(m.Pictures, view.Picture{Title: c.Title, Alt: c.Alt, File: o.Name, HowTo: c.HowTo, Missing: why})
		}
	}
	return nil
}

// leave puts the file into the run directory, or says why there is none.
func leave(o view.Output, m view.Material) (why string, err error) {
	path := filepath.Join(m.Run.Dir, o.Name)
	text, err := o.Write(m)
	if why, ok := view.ReasonOf(err); ok {
		return why, removed(path)
	}
	if err != nil {
		return "", err
	}
	return "", files.WriteFile(path, text)
}

func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

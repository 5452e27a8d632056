package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/scenario"
	"gonum.org/v1/plot/vg/vgimg"
)

// output is a file of the report.
type output struct {
	name string // in the run directory
	// write makes the file's text. A notMade error says why this run has none; the
	// file of an earlier report is then removed.
	write   func(material) ([]byte, error)
	only    func(*scenario.Scenario) bool // of which scenarios it is; nil: of all
	caption *caption                      // of a picture; nil for another file
}

// caption is what the page says of a picture.
type caption struct{ title, alt, howTo string }

// outputs is the table of files, in the order in which they are made. The page shows
// the pictures that stand before it.
var outputs = []output{
	memoryPicture, processesPicture, latencyPicture, effectPicture, waterfallPicture,
	page, junitXML, benchText,
}

func write(all []output, m material) error {
	for _, o := range all {
		if o.only != nil && !o.only(m.run.Scenario) {
			continue
		}
		why, err := o.leave(m)
		if err != nil {
			return fmt.Errorf("write %s: %w", o.name, err)
		}
		if c := o.caption; c != nil {
			m.pictures = append(m.pictures, shown{Title: c.title, Alt: c.alt, File: o.name, HowTo: c.howTo, Missing: why})
		}
	}
	return nil
}

// leave puts the file into the run directory, or says why there is none.
func (o output) leave(m material) (why string, err error) {
	path := filepath.Join(m.run.Dir, o.name)
	text, err := o.write(m)
	if why, ok := reasonOf(err); ok {
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

// notMade says why a file can't be made. The page prints it in a picture's place.
type notMade string

func (n notMade) Error() string { return string(n) }

// reasonOf is why a file is missing, where err is no failure but that.
func reasonOf(err error) (string, bool) {
	var n notMade
	ok := errors.As(err, &n)
	return string(n), ok
}

// needsFigures says why a run has no figures to draw or export.
func (m material) needsFigures() error {
	switch {
	case m.verdict.Void:
		return notMade("no figure of the run counts")
	case len(m.verdict.CountedBlocks) == 0:
		return notMade("no block was measured")
	}
	return nil
}

// picture is an output's write from what draws it.
func picture(draw func(material) (*vgimg.Canvas, error)) func(material) ([]byte, error) {
	return func(m material) ([]byte, error) {
		if err := m.needsFigures(); err != nil {
			return nil, err
		}
		canvas, err := draw(m)
		if err != nil {
			return nil, err
		}
		return encode(canvas)
	}
}

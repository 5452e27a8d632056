package runner

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/memproof/memproof/bench/internal/files"
	"github.com/memproof/memproof/bench/internal/generator"
	"github.com/memproof/memproof/bench/record"
)

// Export says which hits of a run to write for vegeta, and where.
type Export struct {
	Variant string // one variant's; empty for all
	Block   int    // one block's; 0 for all
	To      string // result file to make, see [generator.WriteResults]
}

// Write writes the file and returns how many trials and hits it holds. Trials
// that turned out invalid are among them. Where it could not be finished, a file
// that was there before stays as it was.
func (e Export) Write(run *record.Run) (trials, hits int, err error) {
	chosen, err := e.choose(run)
	if err != nil {
		return 0, 0, BadInput{err}
	}
	if err := mayWrite(e.To); err != nil {
		return 0, 0, BadInput{err}
	}
	err = files.ReplaceFile(e.To, files.PublicFile, func(w io.Writer) (err error) {
		hits, err = generator.WriteResults(w, e.To, run.Scenario.Load.Mix(), chosen)
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	return len(chosen), hits, nil
}

// mayWrite refuses what can't be a result file, before the hits are read.
func mayWrite(path string) error {
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("%s: its folder: %w", path, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: %s is no folder", path, filepath.Dir(path))
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder: name a file", path)
	}
	return nil
}

func (e Export) choose(run *record.Run) (chosen []*record.Trial, err error) {
	if _, ok := run.Scenario.Variant(e.Variant); !ok && e.Variant != "" {
		return nil, fmt.Errorf("%q is no variant of this run: want one of %q", e.Variant, run.Scenario.VariantNames())
	}
	for _, t := range run.Trials {
		if (e.Variant == "" || t.Variant == e.Variant) && (e.Block == 0 || t.Block == e.Block) {
			chosen = append(chosen, t)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%s holds no such trial", run.Dir)
	}
	return chosen, nil
}

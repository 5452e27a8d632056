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
	Variant string // of this variant; empty for all
	Block   int    // of this block; 0 for all
	To      string // the result file, see [generator.WriteResults]
}

// Write writes the file and returns how many trials and hits it holds, those of invalid
// trials included. After an error an existing file is unchanged.
func (e Export) Write(run *record.Run) (trials, hits int, err error) {
	chosen, err := e.choose(run)
	if err != nil {
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

// choose returns the trials to write. It refuses a place where no file can be made,
// before the hits are read.
func (e Export) choose(run *record.Run) (chosen []*record.Trial, err error) {
	if _, ok := run.Scenario.Variant(e.Variant); !ok && e.Variant != "" {
		return nil, fmt.Errorf("-variant %s: unknown variant: want one of %q", e.Variant, run.Scenario.VariantNames())
	}
	for _, t := range run.Trials {
		if (e.Variant == "" || t.Variant == e.Variant) && (e.Block == 0 || t.Block == e.Block) {
			chosen = append(chosen, t)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%s has no such trial: choose another -variant or -block", run.Dir)
	}
	if info, err := os.Stat(e.To); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: name a file", e.To)
	}
	_, err = os.Stat(filepath.Dir(e.To) + "/.") // an error for a file too
	return chosen, err
}

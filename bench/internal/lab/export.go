package lab

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/load"
)

// Export says which hits of a run to write for vegeta, and where.
type Export struct {
	Variant string // one variant's; empty for all
	Block   int    // one block's; 0 for all
	To      string // result file to make, see [load.WriteResults]
}

// Write writes the file and returns how many trials and hits it holds. Trials
// that turned out invalid are among them. A file that could not be finished is
// removed.
func (e Export) Write(run *bench.Run) (trials, hits int, err error) {
	chosen, err := e.choose(run)
	if err != nil {
		return 0, 0, BadInput{err}
	}
	f, err := os.Create(e.To)
	if err != nil {
		return 0, 0, BadInput{err}
	}
	w := bufio.NewWriter(f)
	hits, err = load.WriteResults(w, e.To, run.Scenario.Load.Mix(), chosen)
	if err = errors.Join(err, w.Flush(), f.Close()); err != nil {
		return 0, 0, errors.Join(err, os.Remove(e.To))
	}
	return len(chosen), hits, nil
}

func (e Export) choose(run *bench.Run) (chosen []*bench.Trial, err error) {
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

// Package design decides which arms to run next and what they answer. A design is a
// pure function of the scenario, its seed and the finished trials: a run can be
// resumed, replayed and judged again.
package design

import (
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// Design decides which arms to run next, given the finished blocks.
type Design interface {
	// Next returns the arms of the next block in running order. done are the finished
	// blocks by number; running are the blocks that rigs work on. If next is empty,
	// more says whether to ask again after a running block, or to end.
	Next(done, running []Block) (next []scenario.Arm, more bool)
	// Conclude answers the design's questions. A single run is one element.
	Conclude(runs []Run) []verdict.Finding
}

// Repeater is a design that repeats disturbed trials, at the end of their block.
type Repeater interface {
	// Again returns the arms of block b to run again; all its other trials are
	// finished. done are the other finished blocks.
	Again(done []Block, b Block) []scenario.Arm
}

// Narrator is a design that can report the progress of a run.
type Narrator interface {
	// Outlook estimates the number of blocks at the end of the run, and the number of
	// trials that are left.
	Outlook(done []Block) (blocks, trials int)
	// News returns lines about the last finished block. They decide nothing.
	News(done []Block) []string
}

// Block is a block that has begun.
type Block struct {
	Number int // 1, 2, 3, …
	Arms   []scenario.Arm
	Trials []Trial // the finished trials in order; repeats come last
}

// Trial is a finished trial with its figures.
type Trial struct {
	Record *record.Trial
	Result measure.TrialResult
}

// Run is the part of a run that a design needs.
type Run struct {
	Scenario *scenario.Scenario
	Blocks   []Block // by number
}

// results returns the figures of the blocks.
func results(blocks []Block) [][]measure.TrialResult {
	all := make([][]measure.TrialResult, len(blocks))
	for i, b := range blocks {
		for _, t := range b.Trials {
			all[i] = append(all[i], t.Result)
		}
	}
	return all
}

// Measure sets the block's trials to the records, with their figures.
func (b *Block) Measure(cache *measure.Cache, sc *scenario.Scenario, records []*record.Trial) error {
	measured, err := cache.Block(sc, records)
	if err != nil {
		return err
	}
	b.Trials = nil
	for i, m := range measured {
		b.Trials = append(b.Trials, Trial{Record: records[i], Result: m})
	}
	return nil
}

// Read measures the trials of a run directory, for [Design.Conclude]. It leaves the
// arms of its blocks empty.
func Read(run *record.Run) (Run, error) {
	out, cache := Run{Scenario: run.Scenario}, measure.Cache{}
	for _, records := range run.Blocks() {
		b := Block{Number: records[0].Block}
		if err := b.Measure(&cache, run.Scenario, records); err != nil {
			return Run{}, err
		}
		out.Blocks = append(out.Blocks, b)
	}
	return out, nil
}

// Of returns the design that the run's scenario asks for.
func Of(run *record.Run) Design {
	blocks := NewBlocks(run)
	switch a := run.Scenario.Attribution; {
	case a == nil:
		return blocks
	case a.Design == scenario.OneAtATime:
		return &OneAtATime{blocks}
	default:
		return &Factorial{blocks}
	}
}

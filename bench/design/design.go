// Package design says what to measure next, and what the answers are. A design is a
// pure function of the scenario, its seed and the finished trials: a run can be
// resumed, replayed and judged again.
package design

import (
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// Design decides what to run next from what is finished.
type Design interface {
	// Next are the arms of the next block, in the order in which they are run. done are
	// the finished blocks by number; running are those that a rig works on. Where next
	// is empty, more says whether to ask again after a running block, or to end.
	Next(done, running []Block) (next []scenario.Arm, more bool)
	// Conclude answers what the design asks. A run alone is one element.
	Conclude(runs []Run) []verdict.Finding
}

// Repeater is a design that has disturbed trials run again, at the end of their block.
type Repeater interface {
	// Again are the arms of block b to run again, b being finished but for them. done
	// are the other finished blocks.
	Again(done []Block, b Block) []scenario.Arm
}

// Narrator is a design that can say how far a run has come.
type Narrator interface {
	// Outlook is after how many blocks the run ends, and how many trials are still to
	// come, if all goes on as it does.
	Outlook(done []Block) (blocks, trials int)
	// News are lines about the last of the finished blocks. They decide nothing.
	News(done []Block) []string
}

// Block is a block that has begun.
type Block struct {
	Number int // 1, 2, 3, …
	Arms   []scenario.Arm
	Trials []Trial // that are finished, in their order; repeats come last
}

// Trial is a finished trial with its figures.
type Trial struct {
	Record *record.Trial
	Result measure.Measured
}

// Run is a run as a design sees it.
type Run struct {
	Scenario *scenario.Scenario
	Blocks   []Block // by number
}

// results are the figures of the blocks.
func results(blocks []Block) [][]measure.Measured {
	all := make([][]measure.Measured, len(blocks))
	for i, b := range blocks {
		for _, t := range b.Trials {
			all[i] = append(all[i], t.Result)
		}
	}
	return all
}

// Read measures what a run directory holds, for [Design.Conclude]. The arms of its
// blocks are not known.
func Read(run *record.Run) (Run, error) {
	out, cache := Run{Scenario: run.Scenario}, measure.Cache{}
	for _, records := range run.Blocks() {
		measured, err := cache.Block(run.Scenario, records)
		if err != nil {
			return Run{}, err
		}
		b := Block{Number: records[0].Block}
		for i, m := range measured {
			b.Trials = append(b.Trials, Trial{Record: records[i], Result: m})
		}
		out.Blocks = append(out.Blocks, b)
	}
	return out, nil
}

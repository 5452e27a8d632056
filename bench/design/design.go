// Package design decides which arms to run next and what they answer. A design is a
// pure function of the scenario, its seed and the finished trials: a run can be
// resumed, replayed and judged again.
package design

import (
	"fmt"
	"strconv"

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
	// Conclude answers the design's questions from all blocks of a run.
	Conclude(blocks []Block) []verdict.Finding
}

// Repeater is a design that repeats disturbed trials, at the end of their block.
type Repeater interface {
	// Again returns the arms of block b to run again; its other trials are finished.
	// done are the other finished blocks; running are the other blocks that rigs work
	// on, without their trials.
	Again(done, running []Block, b Block) []scenario.Arm
}

// Reporter is a design that can report the progress of a run.
type Reporter interface {
	// EstimateRest estimates how much of the run is left after the finished blocks.
	EstimateRest(done []Block) Rest
	// DescribeLast returns lines about the last finished block. They decide nothing.
	DescribeLast(done []Block) []string
}

// Rest estimates the end of a run: the least if the next analysis ends it, and the most
// without repeats.
type Rest struct {
	LeastBlocks, MostBlocks int // at the end of the run
	LeastTrials, MostTrials int // that are left
}

// Blocks returns the number of blocks in words: "6", "3 to 6".
func (r Rest) Blocks() string {
	if r.LeastBlocks == r.MostBlocks {
		return strconv.Itoa(r.MostBlocks)
	}
	return fmt.Sprintf("%d to %d", r.LeastBlocks, r.MostBlocks)
}

// Block is a block that has begun.
type Block struct {
	Number int // 1, 2, 3, …
	Arms   []scenario.Arm
	Trials []Trial // the finished trials in order; repeats come last
	// Repeats is how many trials a [Repeater] asked for, those in progress included.
	Repeats int
}

// Trial is a finished trial with its figures.
type Trial struct {
	Record *record.Trial
	Result measure.TrialResult
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

// Of returns the design that the run's scenario asks for. All of today's scenarios ask
// for [Blocks].
func Of(run *record.Run) Design {
	d := &Blocks{sc: run.Scenario, order: Order(run.Scenario), resumed: map[position]int{}}
	for _, t := range run.Trials {
		d.resumed[position{t.Block, t.Variant}]++
		d.newest = max(d.newest, t.Block)
	}
	return d
}

package design

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// Blocks is the design of a comparison: randomised blocks of the scenario's variants
// and controls. After an interim analysis, a block holds only arms that an open answer
// needs. The design ends when no primary claim is open or the blocks are used up. A
// disturbed trial that an answer needs is run again at the end of its block.
type Blocks struct {
	sc    *scenario.Scenario
	order [][]scenario.Variant
	// resumed holds how many trials each arm had when this process began. A person may
	// have removed the cause of their disturbance since.
	resumed map[position]int
	newest  int // the last block that had begun by then; 0 for none
}

// position identifies an arm of a block.
type position struct {
	block int
	arm   string
}

// Next implements [Design]. What to leave out and when to end follows from the blocks up
// to the first that still runs. A later replay decides in order of the blocks, so what a
// running block could change is not decided yet.
func (d *Blocks) Next(done, running []Block) (next []scenario.Arm, more bool) {
	v := d.decide(settled(done, running))
	n := len(done) + len(running) + 1
	switch {
	case v.Decided(), v.Reached, d.decide(done).Void:
		return nil, false
	case n > len(d.order), n > v.Planned && len(running) > 0: // a running block may decide
		return nil, len(running) > 0
	}
	return d.arms(v, n, done), true
}

// settled returns the finished blocks before the first one that runs.
func settled(done, running []Block) []Block {
	return slices.DeleteFunc(slices.Clone(done), func(b Block) bool {
		return slices.ContainsFunc(running, func(r Block) bool { return r.Number < b.Number })
	})
}

// decide judges the finished blocks, repeats included.
func (d *Blocks) decide(done []Block) *verdict.Verdict {
	results := make([][]measure.TrialResult, len(done))
	for i, b := range done {
		for _, t := range b.Trials {
			results[i] = append(results[i], t.Result)
		}
	}
	return verdict.Decide(d.sc, results, record.Spare{Blocks: len(d.order) - len(done)})
}

// arms returns the arms of block n in their order: the ones that an open answer needs, as
// the order has them, and the injected arms that still lack readings. These go to positions
// drawn from the seed.
func (d *Blocks) arms(v *verdict.Verdict, n int, done []Block) (arms []scenario.Arm) {
	order := d.wanted(v, n)
	lacking, add := v.LackInjected(d.sc)
	r := rand.New(rand.NewPCG(d.sc.Seed, OrderStream+uint64(n)))
	for _, arm := range lacking {
		order = slices.Insert(order, r.IntN(len(order)+1), arm)
	}
	maxWait := d.maxWait(v, done)
	for _, variant := range order {
		arm := d.sc.Arm(variant)
		arm.Injected, arm.MaxWait = add[variant.Name], maxWait
		arms = append(arms, arm)
	}
	return arms
}

// maxWait returns how long each trial of the next block waits for a quiet machine. It is
// 0 if no open answer depends on quiet, or if every trial of the last block waited in vain.
// A trial takes one reading even then, so the noise is recorded.
func (d *Blocks) maxWait(v *verdict.Verdict, done []Block) time.Duration {
	inVain := len(done) > 0 && !slices.ContainsFunc(done[len(done)-1].Trials, func(t Trial) bool {
		noise := t.Record.Noise
		return noise == nil || len(noise.Before) == 0 || noise.Rejected < len(noise.Before)
	})
	if inVain || !v.OpenOn(d.sc, metric.TimeMetrics) {
		return 0
	}
	return d.sc.Noise.MaxWait
}

// Conclude implements [Design].
func (d *Blocks) Conclude(blocks []Block) []verdict.Finding {
	v := d.decide(blocks)
	return append(v.Findings(), v.CauseFindings()...)
}

// EstimateRest implements [Reporter]. The next analysis may end the run, or all may be
// needed.
func (d *Blocks) EstimateRest(done []Block) Rest {
	v, all := d.decide(done), len(d.order)
	next := min(max(v.Planned, len(done)), all)
	trials := func(blocks int) int {
		n := v.ReadingsLeft(d.sc)
		for block := len(done) + 1; block <= blocks; block++ {
			n += len(d.wanted(v, block))
		}
		return n
	}
	return Rest{LeastBlocks: next, MostBlocks: all, LeastTrials: trials(next), MostTrials: trials(all)}
}

// DescribeLast implements [Reporter]. It reports how the open claims stand, and an interim
// analysis that did not end the run.
func (d *Blocks) DescribeLast(done []Block) (lines []string) {
	v, rest := d.decide(done), d.EstimateRest(done)
	if claims := describeClaims(v); claims != "" && v.Blocks > 0 && v.Blocks < v.Planned {
		lines = append(lines, fmt.Sprintf("after block %d of %s (preliminary): %s", len(done), rest.Blocks(), claims))
	}
	if before := d.decide(done[:len(done)-1]).Planned; v.Planned > before && !v.Reached {
		lines = append(lines, fmt.Sprintf("interim analysis after %d blocks: %s; the next is after %d",
			before, describeAnalysis(v), v.Planned))
	}
	return lines
}

// describeAnalysis says which claims an analysis left open.
func describeAnalysis(v *verdict.Verdict) string {
	var open []string
	for _, c := range v.Claims {
		if !v.Closed(c.ID) {
			open = append(open, c.ID)
		}
	}
	if len(open) == len(v.Claims) {
		return string(verdict.Inconclusive)
	}
	return fmt.Sprintf("%d of %d claims are answered, %s stays open and runs on", len(v.Claims)-len(open), len(v.Claims), strings.Join(open, ", "))
}

// describeClaims lists the open claims with their figures in the last block.
func describeClaims(v *verdict.Verdict) string {
	var claims []string
	for _, c := range v.Claims {
		if n := len(c.PerBlock); n > 0 && !v.Closed(c.ID) {
			claims = append(claims, fmt.Sprintf("%s %s", c.ID, c.Show(c.PerBlock[n-1])))
		}
	}
	return strings.Join(claims, ", ")
}

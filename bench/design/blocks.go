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
// and controls. It ends when an interim analysis decides all claims or the blocks are
// used up. A disturbed trial that an answer needs is run again at the end of its block.
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

// Next implements [Design].
func (d *Blocks) Next(done, running []Block) (next []scenario.Arm, more bool) {
	v := d.decide(done)
	n := len(done) + len(running) + 1
	switch {
	case v.Decided(), v.Reached, v.Void:
		return nil, false
	case n > len(d.order), n > v.Planned && len(running) > 0: // a running block may decide
		return nil, len(running) > 0
	}
	return d.arms(v, n, done), true
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

// arms returns the arms of block n in their order. An injected arm that still lacks
// readings goes to a position drawn from the seed.
func (d *Blocks) arms(v *verdict.Verdict, n int, done []Block) (arms []scenario.Arm) {
	order := slices.Clone(d.order[n-1])
	lacking, add := v.LackInjected(d.sc)
	r := rand.New(rand.NewPCG(d.sc.Seed, OrderStream+uint64(n)))
	for _, arm := range lacking {
		order = slices.Insert(order, r.IntN(len(order)+1), arm)
	}
	maxWait := d.maxWait(done)
	for _, variant := range order {
		arm := d.sc.Arm(variant)
		arm.Injected, arm.MaxWait = add[variant.Name], maxWait
		arms = append(arms, arm)
	}
	return arms
}

// maxWait returns how long each trial of the next block waits for a quiet machine. It is
// 0 if no answer depends on quiet, or if every trial of the last block waited in vain.
// A trial takes one reading even then, so the noise is recorded.
func (d *Blocks) maxWait(done []Block) time.Duration {
	inVain := len(done) > 0 && !slices.ContainsFunc(done[len(done)-1].Trials, func(t Trial) bool {
		noise := t.Record.Noise
		return noise == nil || len(noise.Before) == 0 || noise.Rejected < len(noise.Before)
	})
	if inVain || !d.sc.AsksAbout(metric.TimeMetrics) {
		return 0
	}
	return d.sc.Noise.MaxWait
}

// Conclude implements [Design].
func (d *Blocks) Conclude(blocks []Block) []verdict.Finding {
	v := d.decide(blocks)
	return append(v.Findings(), v.CauseFindings()...)
}

// EstimateRest implements [Reporter].
func (d *Blocks) EstimateRest(done []Block) (blocks, trials int) {
	for _, arms := range d.order[min(len(done), len(d.order)):] {
		trials += len(arms)
	}
	return len(d.order), trials + d.decide(done).ReadingsLeft(d.sc)
}

// DescribeLast implements [Reporter]. It reports how the claims stand, and an interim
// analysis that did not end the run.
func (d *Blocks) DescribeLast(done []Block) (lines []string) {
	v := d.decide(done)
	if claims := describeClaims(v); claims != "" && v.Blocks > 0 && v.Blocks < v.Planned {
		lines = append(lines, fmt.Sprintf("after block %d of %d (preliminary): %s", len(done), len(d.order), claims))
	}
	if before := d.decide(done[:len(done)-1]).Planned; v.Planned > before && !v.Reached {
		lines = append(lines, fmt.Sprintf("interim analysis after %d blocks: %s; the next is after %d",
			before, verdict.Inconclusive, v.Planned))
	}
	return lines
}

// describeClaims lists the claims with their figures in the last block.
func describeClaims(v *verdict.Verdict) string {
	var claims []string
	for _, c := range v.Claims {
		if n := len(c.PerBlock); n > 0 {
			claims = append(claims, fmt.Sprintf("%s %s", c.ID, c.Show(c.PerBlock[n-1])))
		}
	}
	return strings.Join(claims, ", ")
}

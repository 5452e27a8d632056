package design

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

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
	// begun holds how many trials there were when this process began. Their disturbance
	// may have been mended since.
	begun map[place]int
}

// place identifies an arm of a block.
type place struct {
	block int
	arm   string
}

// NewBlocks returns the design of a new or resumed run.
func NewBlocks(run *record.Run) *Blocks {
	d := &Blocks{sc: run.Scenario, order: Order(run.Scenario), begun: map[place]int{}}
	for _, t := range run.Trials {
		d.begun[place{t.Block, t.Variant}]++
	}
	return d
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
	return verdict.Decide(d.sc, results(done), record.Spare{Blocks: len(d.order) - len(done)})
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
	patience := patience(d.sc, done)
	for _, variant := range order {
		arm := d.sc.Arm(variant)
		arm.Injected, arm.Patience = add[variant.Name], patience
		arms = append(arms, arm)
	}
	return arms
}

// Conclude implements [Design].
func (d *Blocks) Conclude(runs []Run) (all []verdict.Finding) {
	for _, run := range runs {
		all = append(all, d.decide(run.Blocks).Findings()...)
	}
	return all
}

// Outlook implements [Narrator].
func (d *Blocks) Outlook(done []Block) (blocks, trials int) {
	v := d.decide(done)
	blocks = len(d.order)
	for _, arms := range d.order[min(len(done), blocks):] {
		trials += len(arms)
	}
	return blocks, trials + v.ReadingsLeft(d.sc)
}

// News implements [Narrator]. It reports how the claims stand, and an interim analysis
// that did not end the run.
func (d *Blocks) News(done []Block) (lines []string) {
	v := d.decide(done)
	if preview := preview(v, len(done)); preview != "" {
		lines = append(lines, preview)
	}
	if before := d.decide(done[:len(done)-1]).Planned; v.Planned > before && !v.Reached {
		lines = append(lines, fmt.Sprintf("look after %d blocks: %s, the run goes on to the next at %d", before, verdict.Inconclusive, v.Planned))
	}
	return lines
}

// preview describes in one line how the claims stand after a block; empty at the end of
// the run.
func preview(v *verdict.Verdict, n int) string {
	if v.Blocks == 0 || v.Blocks >= v.Planned {
		return ""
	}
	var so []string
	for _, c := range v.Claims {
		if len(c.PerBlock) > 0 {
			so = append(so, fmt.Sprintf("%s %s", c.ID, c.Show(c.PerBlock[len(c.PerBlock)-1])))
		}
	}
	if len(so) == 0 {
		return ""
	}
	return fmt.Sprintf("block %d gave, no verdict yet: %s", n, strings.Join(so, ", "))
}

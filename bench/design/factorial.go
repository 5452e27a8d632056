package design

import (
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// Of returns the design that the run's scenario asks for.
func Of(run *record.Run) Design {
	blocks := NewBlocks(run)
	switch a := run.Scenario.Attribution; {
	case a == nil:
		return blocks
	case a.Design == scenario.EndsOnly:
		return &OneAtATime{blocks}
	default:
		return &Factorial{blocks}
	}
}

// Factorial runs blocks of every combination of the causes. It divides the total effect
// among them by Shapley value.
type Factorial struct{ *Blocks }

// Conclude implements [Design].
func (d *Factorial) Conclude(runs []Run) []verdict.Finding { return d.withCauses(runs) }

// OneAtATime runs blocks of no cause, each cause alone, all but each, and all. It
// bounds the effect of each cause.
type OneAtATime struct{ *Blocks }

// Conclude implements [Design].
func (d *OneAtATime) Conclude(runs []Run) []verdict.Finding { return d.withCauses(runs) }

// withCauses adds a finding for each cause.
func (d *Blocks) withCauses(runs []Run) []verdict.Finding {
	all := d.Conclude(runs)
	for _, run := range runs {
		all = append(all, d.decide(run.Blocks).CauseFindings()...)
	}
	return all
}

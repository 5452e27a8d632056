package design

import (
	"github.com/memproof/memproof/bench/verdict"
)

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

package design

import (
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// Of is the design that the run's scenario asks for.
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

// Factorial is blocks of every combination of the causes. It shares the effect of all of
// them out by Shapley's value.
type Factorial struct{ *Blocks }

// Conclude implements [Design].
func (d *Factorial) Conclude(runs []Run) []verdict.Finding { return d.withCauses(runs) }

// OneAtATime is blocks of no cause, each cause alone, all but each, and all. It bounds
// what each cause does.
type OneAtATime struct{ *Blocks }

// Conclude implements [Design].
func (d *OneAtATime) Conclude(runs []Run) []verdict.Finding { return d.withCauses(runs) }

// withCauses adds what each cause did.
func (d *Blocks) withCauses(runs []Run) []verdict.Finding {
	all := d.Conclude(runs)
	for _, run := range runs {
		all = append(all, d.decide(run.Blocks).CauseFindings()...)
	}
	return all
}

package view

import (
	"slices"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// Material is what the report is made from.
type Material struct {
	Run      *record.Run
	Verdict  *verdict.Verdict
	Arms     []Arm
	Pictures []Picture // that the outputs before the page have left, or why not
}

// Of is a run with its verdict, and no picture yet.
func Of(run *record.Run, v *verdict.Verdict) Material {
	return Material{Run: run, Verdict: v, Arms: armsOf(run)}
}

// NeedsFigures says why a run has no figures to draw or export.
func (m Material) NeedsFigures() error {
	switch {
	case m.Verdict.Void:
		return NotMade("no figure of the run counts")
	case len(m.Verdict.CountedBlocks) == 0:
		return NotMade("no block was measured")
	}
	return nil
}

// Discarded says, beside a basis that holds caches, what keeps the first to look
// files up from being charged for them all.
func (m Material) Discarded() string {
	if m.Run.Meta.Machine[experiment.FactDiscarded] == "" {
		return ""
	}
	return ", after one discarded trial of each image"
}

// Basis is what the headline memory is made of.
func (m Material) Basis() string {
	switch m.Verdict.MemoryBasis {
	case metric.BasisPSS:
		return "sum of PSS"
	case metric.BasisUnreclaimable:
		return "anon + shmem + kernel without reclaimable slab"
	default:
		return "anon + shmem + kernel, reclaimable slab included"
	}
}

// BasisOf is what the trial's headline memory was made of when it was measured.
func (m Material) BasisOf(t *record.Trial) string {
	for _, one := range m.Verdict.Trials {
		if one.Block == t.Block && one.Position == t.Position {
			return one.Basis
		}
	}
	return m.Verdict.MemoryBasis
}

// SomeHold says that some trial has more than 0 of it.
func SomeHold(v *verdict.Verdict, m metric.Name) bool {
	return slices.ContainsFunc(v.Trials, func(t measure.TrialResult) bool { return t.Figures[m] > 0 })
}

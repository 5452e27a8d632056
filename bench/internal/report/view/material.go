// Package view holds what all outputs of a report share, without markup: the run with
// its verdict, the variants with the trials that count, facts, sentences and reasons.
package view

import (
	"fmt"
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
	Pictures []Picture // made, or not made, before the page
}

// Of returns a run with its verdict, without pictures.
func Of(run *record.Run, v *verdict.Verdict) Material {
	m := Material{Run: run, Verdict: v}
	for i, name := range ShownVariants(run.Scenario) {
		m.Arms = append(m.Arms, Arm{Name: name, Place: i})
	}
	return m
}

// NeedsFigures returns a [NotMade] error if the run has no figures to draw or export.
func (m Material) NeedsFigures() error {
	switch {
	case m.Verdict.Void:
		return NotMade("no figure of the run counts")
	case len(m.Verdict.CountedBlocks) == 0:
		return NotMade("no block was measured")
	}
	return nil
}

// Basis names what memory is made of on this machine.
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

// Discarded follows a basis with caches: a discarded trial filled them, so that they are
// not charged to the first trial that counts.
func (m Material) Discarded() string {
	if m.Run.Meta.Machine[experiment.FactDiscarded] == "" {
		return ""
	}
	return ", after one discarded trial of each image"
}

// BasisOf returns the basis of the trial's memory.
func (m Material) BasisOf(t *record.Trial) string {
	for _, one := range m.Verdict.Trials {
		if one.Block == t.Block && one.Position == t.Position {
			return one.Basis
		}
	}
	return m.Verdict.MemoryBasis
}

// SomeHold reports whether the figure of some trial is above 0.
func SomeHold(v *verdict.Verdict, m metric.Name) bool {
	return slices.ContainsFunc(v.Trials, func(t measure.TrialResult) bool { return t.Figures[m] > 0 })
}

// MastersOf names the parent of each variant's workers, unless it is the root process.
func MastersOf(m Material) (lines []string) {
	for _, a := range m.Arms {
		for _, t := range m.Verdict.Trials {
			line := fmt.Sprintf("A worker of %s is a child of %s.", a.Name, t.Master)
			if t.Variant == a.Name && t.Master != "" && !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

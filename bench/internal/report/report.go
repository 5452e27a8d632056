package report

import (
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// material is what the report is made from.
type material struct {
	run      *record.Run
	verdict  *verdict.Verdict
	arms     []arm
	pictures []shown // that the outputs before the page have left, or why not
}

// Write makes the report beside the run's raw data: see [outputs]. A picture that
// can't be drawn, for want of the figures it needs, is replaced in the page by a line
// that says why; an error is of reading or writing.
func Write(run *record.Run, v *verdict.Verdict) error {
	return write(outputs, material{run: run, verdict: v, arms: armsOf(run)})
}

// discarded says, beside a basis that holds caches, what keeps the first to look
// files up from being charged for them all.
func (m material) discarded() string {
	if m.run.Meta.Machine[experiment.FactDiscarded] == "" {
		return ""
	}
	return ", after one discarded trial of each image"
}

// basis is what the headline memory is made of.
func (m material) basis() string {
	switch m.verdict.MemoryBasis {
	case metric.BasisPSS:
		return "sum of PSS"
	case metric.BasisUnreclaimable:
		return "anon + shmem + kernel without reclaimable slab"
	default:
		return "anon + shmem + kernel, reclaimable slab included"
	}
}

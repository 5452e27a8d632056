package verdict

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// steadyWithin is the drift of memory over the window, as a share of its mean, above
// which a claim on memory gets a note.
const steadyWithin = 0.05

// drift returns how far the variant's memory moved over the window, as a share of its
// mean. The growth is the Theil-Sen slope of each trial; ok is false if no trial has
// one.
func (v *Verdict) drift(variant string, valid []measure.Block) (share float64, ok bool) {
	growth, mean := measure.Figures(valid, variant, metric.MemoryGrowth), measure.Figures(valid, variant, metric.MemoryMean)
	if len(growth) == 0 || len(mean) == 0 {
		return 0, false
	}
	return stats.Mean(growth) / metric.MemoryGrowth.Every() * float64(v.windowHits) / stats.Mean(mean), true
}

// unsteady warns of memory that still drifted: its mean and peak then depend on the
// length of the window.
func (v *Verdict) unsteady(c scenario.Claim, valid []measure.Block) (notes []string) {
	if c.Metric != metric.MemoryMean && c.Metric != metric.MemoryPeak {
		return nil
	}
	for _, name := range c.Variants() {
		if drift, ok := v.drift(name, valid); ok && math.Abs(drift) > steadyWithin {
			notes = append(notes, fmt.Sprintf("Memory of %s was not steady: it moved by %s over the window (Theil-Sen), so the figure depends on the window's length.", name, metric.Signed(drift)))
		}
	}
	return notes
}

// mustBeSteady says why a claim that requires steady memory has no answer.
func (v *Verdict) mustBeSteady(c scenario.Claim, valid []measure.Block) (why string) {
	if c.Steady == nil {
		return ""
	}
	for _, name := range c.Variants() {
		drift, ok := v.drift(name, valid)
		switch {
		case !ok:
			return fmt.Sprintf("it asks for steady memory, and the growth of %s was not measured", name)
		case math.Abs(drift) > float64(*c.Steady):
			return fmt.Sprintf("it asks for memory that is steady within %s, and that of %s moved by %s over the window (Theil-Sen): warm up for longer, or claim memory.growth",
				metric.Percent(float64(*c.Steady)), name, metric.Signed(drift))
		}
	}
	return ""
}

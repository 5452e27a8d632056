package verdict

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/sensitivity"
)

const (
	// throttledSeconds is the CPU throttling above which a claim on latency gets a
	// note, in seconds per second.
	throttledSeconds = 0.01
	// trendError is the p-value below which a claim whose figure rises or falls from block
	// to block gets a note. Fewer than six blocks cannot reach it.
	trendError = 0.01
)

// addNotes adds the remarks on a claim that do not change its answer.
func (v *Verdict) addNotes(a *ClaimVerdict, sc *scenario.Scenario, c scenario.Claim, valid []measure.Block) {
	if all := len(v.analysed()); len(valid) < all {
		a.note("%d of %d blocks count for %s: %s.", len(valid), all, c.Metric, v.mainReason(sc, c).Text)
	}
	for _, ctl := range v.Controls {
		if ctl.Arm != scenario.AAArm || ctl.Metric != a.Metric || ctl.Comparison != a.Comparison {
			continue
		}
		if ctl.Outcome == TooNoisy {
			a.note("The A/A control is too noisy to support this claim: %s. Run more blocks, or use a quieter machine.", ctl.Because)
		} else if ctl.Biased {
			a.note("The A/A control is biased: %s.", ctl.Because)
		}
	}
	a.noteTrend()
	for _, name := range c.Variants() {
		v.noteOnVariant(a, name, valid)
	}
}

// noteTrend notes a figure that rises or falls from block to block. Its mean is still that
// of the run, but a longer run would have another.
func (v *ClaimVerdict) noteTrend() {
	p, rises, ok := stats.Trend(v.PerBlock)
	if !ok || p > trendError {
		return
	}
	how := "falls"
	if rises {
		how = "rises"
	}
	v.note("The %s %s from block to block (Kendall, p = %.2g), so its mean depends on how long the run was.", v.Comparison, how, p)
}

// noteOnVariant notes memory that was not steady (its mean and peak then depend on the
// window), CPU throttling that is part of a latency, and what no failed request at all
// shows: the exact upper bound at 95% on the true share of failures, see
// [stats.ShareBounds].
func (v *Verdict) noteOnVariant(a *ClaimVerdict, name string, valid []measure.Block) {
	_, onLatency := a.Metric.LatencyQuantile()
	switch figures := measure.Figures(valid, name, a.Metric); {
	case a.Metric == metric.MemoryMean || a.Metric == metric.MemoryPeak:
		if m, ok := sensitivity.MotionOf(valid, name, v.windowHits); ok && !m.Within(sensitivity.SteadyWithin) {
			a.note("Memory of %s was not steady: it %s, so the figure depends on the window.", name, m.Exceeds(sensitivity.SteadyWithin))
		}
	case onLatency:
		throttled := measure.Figures(valid, name, metric.Throttled)
		if mean := stats.Mean(throttled); len(throttled) > 0 && mean > throttledSeconds {
			a.note("%s reached its CPU quota: it was throttled for %s per second, summed over processors.",
				name, metric.FormatValue(mean, metric.UnitSeconds))
		}
	case a.Metric == metric.Errors && len(figures) > 0 && slices.Max(figures) == 0:
		n := float64(v.windowHits) * float64(len(figures))
		_, most := stats.ShareBounds(0, n, 0.95)
		a.note("None of %.0f requests to %s failed: with 95%% confidence fewer than %.2g%% do.", n, name, 100*most)
	}
}

// unsteady says why a claim that requires steady memory has no answer; empty if it has.
// Both the slope and the variation must be within what the claim allows.
func (v *Verdict) unsteady(c scenario.Claim, valid []measure.Block) (why string) {
	if c.Steady == nil {
		return ""
	}
	limit := float64(*c.Steady)
	for _, name := range c.Variants() {
		m, ok := sensitivity.MotionOf(valid, name, v.windowHits)
		switch {
		case !ok:
			return fmt.Sprintf("the claim requires steady memory, and the growth of %s was not measured", name)
		case !m.Within(limit):
			return fmt.Sprintf("memory of %s %s, and the claim requires steady within %s: "+
				"warm up for longer, or claim memory.growth; if it swings in cycles, measure whole ones and drop steady",
				name, m.Exceeds(limit), metric.Percent(limit))
		}
	}
	return ""
}

package sensitivity

import (
	"fmt"
	"math"
	"strings"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// SteadyWithin is the most that steady memory drifts over the window, as a share of its
// mean, and its largest coefficient of variation about the drift.
//
// A drift of 5% moves the mean by 2.5% if the window begins half its length later. A cycle
// with a variation of 5% swings by 7% (sine) or 9% (sawtooth) to either side, which moves
// the mean of a window of one to two cycles by at most 1.5%. So one limit does for both. In
// the committed reference runs, memory without a cycle varies by at most
// 2.0% (mean of a variant's trials), and that of the recycling variants by 4.3% and 11.8%.
const SteadyWithin = 0.05

// Steadiness is how steady a variant's memory was in the window: means over its trials.
type Steadiness struct {
	Variant   string   `json:"variant"`
	Drift     *float64 `json:"drift,omitempty"`     // Theil-Sen, over the window, as a share of the mean
	Variation *float64 `json:"variation,omitempty"` // about the drift
	Steady    bool     `json:"steady"`
	// SteadyFrom is for memory that was not steady: the seconds of load after which it was,
	// to the end of the window. nil: it never was.
	SteadyFrom *float64 `json:"steady_from,omitempty"`
	Absent     string   `json:"absent,omitempty"` // why it is not known
}

// Motion is how memory moved in the window: means over the trials of a variant.
type Motion struct {
	Drift     float64 // over the window, as a share of the mean
	Variation float64 // about the drift, as a share of the mean
}

// MotionOf computes the motion from the figures of the blocks, given the number of requests
// in the window. The growth is the Theil-Sen slope of each trial. ok is false if it or the
// variation was not measured.
func MotionOf(valid []measure.Block, variant string, hits uint64) (m Motion, ok bool) {
	growth, mean := measure.Figures(valid, variant, metric.MemoryGrowth), measure.Figures(valid, variant, metric.MemoryMean)
	about := measure.Figures(valid, variant, metric.MemoryVariation)
	if len(growth) == 0 || len(mean) == 0 || len(about) == 0 {
		return m, false
	}
	drift := stats.Mean(growth) / metric.MemoryGrowth.Every() * float64(hits) / stats.Mean(mean)
	return Motion{Drift: drift, Variation: stats.Mean(about)}, true
}

// Within reports whether both are within the limit, by default [SteadyWithin].
func (m Motion) Within(limit float64) bool { return m.drifts(limit) && m.Variation <= limit }

func (m Motion) drifts(limit float64) bool { return math.Abs(m.Drift) <= limit }

// Exceeds says how memory exceeded the limit: by its drift, by its variation or by both.
// Memory that rises and falls in cycles may have no drift.
func (m Motion) Exceeds(limit float64) string {
	var how []string
	if !m.drifts(limit) {
		how = append(how, fmt.Sprintf("changed by %s over the window (Theil-Sen)", metric.Signed(m.Drift)))
	}
	if m.Variation > limit {
		how = append(how, fmt.Sprintf("swung by %s of its mean (coefficient of variation)", metric.Percent(m.Variation)))
	}
	return strings.Join(how, " and ")
}

// steadiness says of each variant whether its memory was steady.
func (r Run) steadiness() (all []Steadiness) {
	for _, name := range r.Scenario.VariantNames() {
		s, valid := Steadiness{Variant: name}, r.Counted(metric.MemoryMean, name)
		m, ok := MotionOf(valid, name, r.Scenario.Window().Hits())
		if !ok {
			s.Absent = "its growth or its variation was not measured"
			all = append(all, s)
			continue
		}
		s.Drift, s.Variation, s.Steady = &m.Drift, &m.Variation, m.Within(SteadyWithin)
		if !s.Steady {
			s.SteadyFrom = SteadyFrom(trialsOf(valid, name), r.Scenario)
		}
		all = append(all, s)
	}
	return all
}

func trialsOf(valid []measure.Block, variant string) (trials []measure.TrialResult) {
	for _, b := range valid {
		trials = append(trials, b[variant])
	}
	return trials
}

// trendReadings limits the readings of a trend: there are some twenty for each trial.
const trendReadings = 60

// SteadyFrom returns the shortest warm-up, in seconds of load, after which memory was
// steady until the end of the window; nil if it never was. A third of the window must be
// left after it, and 10 seconds of a window that is longer than twice that. The drift is
// scaled to the window's whole length, for a short rest of a window drifts less.
func SteadyFrom(trials []measure.TrialResult, sc *scenario.Scenario) *float64 {
	first, last := sc.WindowOffsets()
	from, to := first.Seconds(), last.Seconds()
	long := to - from
	step := max(shortestSlice, long/mostSlices)
	for at := from + step; to-at >= max(long/3, min(10, long/2)); at += step {
		if m, ok := motionBetween(trials, at, to, long); ok && m.Within(SteadyWithin) {
			return &at
		}
	}
	return nil
}

// motionBetween is the motion of a part of the load, from the readings.
func motionBetween(trials []measure.TrialResult, from, to, long float64) (m Motion, ok bool) {
	var drifts, variations []float64
	for _, t := range trials {
		r := t.Readings.Between(from, to)
		slope, variation, ok := r.Trend(trendReadings)
		if !ok {
			return m, false
		}
		drifts, variations = append(drifts, slope*long/r.Average()), append(variations, variation)
	}
	return Motion{stats.Mean(drifts), stats.Mean(variations)}, len(trials) > 0
}

package sensitivity

import (
	"slices"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Analysis is one defensible way to answer the claim from the same trials. (Steegen et al.
// 2016, Perspectives on Psychological Science 11, 702-712; Simonsohn et al. 2020, Nature
// Human Behaviour 4, 1208-1214.)
type Analysis struct {
	Figure   string  `json:"figure"`
	Window   string  `json:"window"`
	Baseline string  `json:"baseline"`
	From     float64 `json:"from"` // seconds since the load began; 0 and 0 before the load
	To       float64 `json:"to"`
	Own      bool    `json:"own,omitempty"` // the claim's own analysis
	Answer   Answer  `json:"answer"`
}

// part is a part of the load, as shares of the window; the warm-up lies below 0.
type part struct {
	name     string
	warm     bool // from the load's beginning on
	from, to float64
}

// parts are the windows that another person could have chosen: another warm-up, or another
// length. Each has at least half of the window, for fewer readings would not stand for it.
var parts = []part{
	{"the window", false, 0, 1},
	{"warm-up and window", true, 0, 1},
	{"last 2/3 of the window", false, 1. / 3, 1},
	{"last half of the window", false, 1. / 2, 1},
	{"first 2/3 of the window", false, 0, 2. / 3},
	{"first half of the window", false, 0, 1. / 2},
	{"middle half of the window", false, 1. / 4, 3. / 4},
}

// BeforeLoad is the window of the idle figure.
const BeforeLoad = "before the load"

// taken is a figure that is taken from the readings of a part.
type taken struct {
	name string
	own  metric.Name // the metric that it is in the window itself; empty for none
	of   func(measure.Readings) float64
}

var takenFrom = []taken{
	{"mean", metric.MemoryMean, measure.Readings.Average},
	{"median", "", measure.Readings.Median},
	{"peak", metric.MemoryPeak, measure.Readings.Peak},
}

// idle is the name of the figure before the load.
const idle = "idle"

// leastReadings is the fewest readings of a part that a figure is taken from.
const leastReadings = 5

// Analyse answers the claim by every analysis: the figures by the parts of the load by the
// baselines, and the idle figure by the baselines. One that a trial has too few readings
// for is left out.
func Analyse(q Question, sc *scenario.Scenario) (all []Analysis) {
	add := func(a Analysis, by figure) {
		for i, against := range q.baselines() {
			one := a
			one.Baseline, one.Own = against.name, a.Own && i == 0
			if answer, ok := q.answer(by, against); ok {
				one.Answer = answer
				all = append(all, one)
			}
		}
	}
	for _, f := range takenFrom {
		for i, p := range partsOf(sc) {
			by := f.between(p.From, p.To)
			if i == 0 && f.own != "" { // the trial's own figure, to the last digit
				by = metricFigure(f.own)
			}
			add(Analysis{Figure: f.name, Window: p.Window, From: p.From, To: p.To, Own: i == 0 && f.own == q.Claim.Metric}, by)
		}
	}
	add(Analysis{Figure: idle, Window: BeforeLoad}, metricFigure(metric.MemoryIdle))
	return all
}

// partsOf returns the parts in seconds of the load, the window first. Without a warm-up
// two of them are the same, and the second is left out.
func partsOf(sc *scenario.Scenario) (all []Analysis) {
	first, last := sc.WindowOffsets()
	from, long := first.Seconds(), (last - first).Seconds()
	for _, p := range parts {
		a := Analysis{Window: p.name, From: from + p.from*long, To: from + p.to*long}
		if p.warm {
			a.From = 0
		}
		if !slices.ContainsFunc(all, func(b Analysis) bool { return a.From == b.From && a.To == b.To }) {
			all = append(all, a)
		}
	}
	return all
}

func (f taken) between(from, to float64) figure {
	return func(t measure.TrialResult) (float64, bool) {
		r := t.Readings.Between(from, to)
		return f.of(r), len(r) >= leastReadings
	}
}

// Count is how many analyses have an outcome. Only lists the figures, windows or baselines
// that all of them have, if no other choice leads to the outcome; else it is empty.
type Count struct {
	Outcome string
	N       int
	Only    []string
}

// Counts counts the analyses by outcome, the most frequent first.
func Counts(all []Analysis) (counts []Count) {
	for _, a := range all {
		i := slices.IndexFunc(counts, func(c Count) bool { return c.Outcome == a.Answer.Outcome })
		if i < 0 {
			i, counts = len(counts), append(counts, Count{Outcome: a.Answer.Outcome})
		}
		counts[i].N++
	}
	for i := range counts {
		counts[i].Only = onlyBy(all, counts[i].Outcome)
	}
	slices.SortStableFunc(counts, func(a, b Count) int { return b.N - a.N })
	return counts
}

// onlyBy returns the choices that lead to an outcome, of the figure, the window or the
// baseline: of that in which they are the smallest share of all choices.
func onlyBy(all []Analysis, outcome string) (only []string) {
	least := 1.0
	for _, choice := range []func(Analysis) string{
		func(a Analysis) string { return a.Figure },
		func(a Analysis) string { return a.Window },
		func(a Analysis) string { return a.Baseline },
	} {
		var made, possible []string
		for _, a := range all {
			c := choice(a)
			if !slices.Contains(possible, c) {
				possible = append(possible, c)
			}
			if a.Answer.Outcome == outcome && !slices.Contains(made, c) {
				made = append(made, c)
			}
		}
		if share := float64(len(made)) / float64(len(possible)); share < least {
			least, only = share, made
		}
	}
	return only
}

package chart

import (
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// beyond is how many hits of a trial must lie beyond a quantile for it to be
// drawn: with fewer, the end of the line is the luck of single requests. A
// claim asks for ten times as many.
const beyond = 10

// latencyMetric stands for all quantiles: what spoils one spoils the others.
const latencyMetric = metric.LatencyP50

// Latency is response time by percentile.
var Latency = view.Output{Name: "latency.png", Write: picture(drawLatency), Caption: &view.Caption{
	Title: "What it costs in response time",
	Alt:   "Response time of each variant by percentile",
	HowTo: "Read upwards from 99%: all but a hundredth of the requests waited no longer than that. A request that failed counts as waiting its whole time-out, here as in the tables. The axis is stretched towards the longest waits.",
}}

// drawLatency is the response time by percentile.
func drawLatency(m view.Material) (*vgimg.Canvas, error) {
	all, err := waitsOf(m)
	if err != nil {
		return nil, err
	}
	curves, last, err := latencyCurves(all)
	if err != nil {
		return nil, err
	}
	p := latencyPlot(last, topOf(curves))
	if err := addCurves(p, curves); err != nil {
		return nil, err
	}
	sheet := newCanvas(4.4 * vg.Inch)
	c := headed(sheet, "Response time from the intended time, by percentile", latencyKey(all))
	drawLabelled(c, p, curves)
	return sheet, nil
}

// latencyCurves are the waits by percentile, up to the last that can be drawn.
func latencyCurves(all []waits) (curves []named, last float64, err error) {
	fewest := fewestWaits(all)
	if fewest < 2*beyond {
		return nil, 0, view.NotMade(fmt.Sprintf("a valid trial has %d hits in its window; percentiles need %d", fewest, 2*beyond))
	}
	last = 1 - beyond/float64(fewest)
	for _, w := range all {
		curves = append(curves, named{w.Arm, quantileCurve(w.trials, last)})
	}
	if topOf(curves) == 0 {
		return nil, 0, view.NotMade("every response time is 0")
	}
	return curves, last, nil
}

func topOf(curves []named) (top float64) {
	for _, c := range curves {
		top = max(top, c.top())
	}
	return top
}

// latencyKey says what is drawn, and how failed requests count where there are any.
func latencyKey(all []waits) string {
	var arms []view.Arm
	for _, w := range all {
		arms = append(arms, w.Arm)
	}
	key := "line: mean of " + view.TrialCount(arms) + "; band: lowest to highest trial"
	if slices.ContainsFunc(all, func(w waits) bool { return w.failed > 0 }) {
		key += "; a failed request waits its whole time-out"
	}
	return key
}

func latencyPlot(last, top float64) *plot.Plot {
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, last, 0, top*1.05
	p.X.Scale, p.X.Tick.Marker = tailScale{}, tailTicks{}
	p.X.Label.Text = "percentage of requests that waited at most this long"
	p.Y.Tick.Marker = roundTicks{axisUnitFor(metric.UnitSeconds, top), 6}
	p.Add(horizontalGrid())
	return p
}

// waits are for how long one variant's requests in the window waited.
type waits struct {
	view.Arm
	trials [][]float64 // by trial, in seconds, sorted: see [metric.Hit.Waited]
	failed int         // requests of all trials that were not answered with success
}

func waitsOf(m view.Material) (all []waits, err error) {
	for _, a := range m.Counted(latencyMetric) {
		w := waits{Arm: a}
		for _, t := range a.Trials {
			if err := w.add(m.Run.Scenario, t); err != nil {
				return nil, fmt.Errorf("%s: %w", t.Label(), err)
			}
		}
		all = append(all, w)
	}
	return all, nil
}

func (w *waits) add(sc *scenario.Scenario, t *record.Trial) error {
	from, to := sc.WindowOffsets()
	mix := sc.Load.Mix()
	var xs []float64
	err := t.Hits(func(h metric.Hit) error {
		asked, err := scenario.Asked(h, mix)
		if err != nil || h.Intended < from || h.Intended >= to {
			return err
		}
		if !h.OK() {
			w.failed++
		}
		xs = append(xs, h.Waited(asked.Timeout).Seconds())
		return nil
	})
	slices.Sort(xs)
	w.trials = append(w.trials, xs)
	return err
}

// fewestWaits is how many requests the trial with the fewest has; 0 where a
// variant has no trial.
func fewestWaits(all []waits) int {
	fewest := math.MaxInt
	for _, w := range all {
		if len(w.trials) == 0 {
			return 0
		}
		for _, xs := range w.trials {
			fewest = min(fewest, len(xs))
		}
	}
	return fewest
}

// quantileCurve takes the exact quantiles of each trial at places that stand
// equally far apart on the picture's axis, up to last.
func quantileCurve(trials [][]float64, last float64) curve {
	c := curve{metric: latencyMetric}
	for i := range cells {
		q := min(last, 1-math.Pow(10, -tail(last)*float64(i+1)/cells))
		var at []cell
		for _, xs := range trials {
			var one cell
			one.add(stats.Quantile(xs, q))
			at = append(at, one)
		}
		c.append(q, at, len(trials))
	}
	return c
}

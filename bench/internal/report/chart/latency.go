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
// claim needs ten times as many.
const beyond = 10

// latencyMetric stands for all quantiles: what spoils one spoils the others.
const latencyMetric = metric.LatencyP50

// Latency is response time by percentile.
var Latency = view.Output{Name: "latency.png", Write: picture(drawLatency), Caption: &view.Caption{
	Title: "What it costs in response time",
	Alt:   "Response time of each variant by percentile",
	HowTo: "At 99%, one request in a hundred waited longer than the line shows. " +
		"A failed request counts with its whole time-out, as in the tables. The axis is stretched towards the longest waits.",
}}

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
	addCurves(p, curves)
	sheet := newCanvas(4.4 * vg.Inch)
	c := headed(sheet, "Response time from the intended time, by percentile", latencyKey(all))
	p.Draw(drawLegend(c, curveLegend(curves)))
	return sheet, nil
}

// latencyCurves are the waits by percentile, up to the last that can be drawn.
func latencyCurves(all []waits) (curves []armCurve, last float64, err error) {
	fewest := math.MaxInt
	for _, w := range all {
		if len(w.trials) == 0 {
			fewest = 0
		}
		for _, xs := range w.trials {
			fewest = min(fewest, len(xs))
		}
	}
	if fewest < 2*beyond {
		return nil, 0, view.NotMade(fmt.Sprintf("a valid trial has %d hits in its window; percentiles need %d", fewest, 2*beyond))
	}
	last = 1 - beyond/float64(fewest)
	for _, w := range all {
		curves = append(curves, armCurve{w.Arm, quantileCurve(w.trials, last)})
	}
	if topOf(curves) == 0 {
		return nil, 0, view.NotMade("every response time is 0")
	}
	return curves, last, nil
}

// latencyKey explains the curves, and how failed requests count if there are any.
func latencyKey(all []waits) string {
	var arms []view.Arm
	failed := 0
	for _, w := range all {
		arms, failed = append(arms, w.Arm), failed+w.failed
	}
	key := "line: mean of " + view.TrialCount(arms) + "; band: lowest to highest trial"
	if failed > 0 {
		key += "; a failed request counts with its whole time-out"
	}
	return key
}

func latencyPlot(last, top float64) *plot.Plot {
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, last, 0, top*1.05
	p.X.Scale, p.X.Tick.Marker = tailScale{}, tailTicks{}
	p.X.Label.Text = "percentage of requests that waited at most this long"
	p.Y.Tick.Marker = roundTicks{axisUnitFor(metric.UnitSeconds, top), 6}
	return p
}

// waits are how long one variant's requests in the window waited.
type waits struct {
	view.Arm
	trials [][]float64 // by trial, in seconds, sorted: see [metric.Hit.Waited]
	failed int         // requests of all trials
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

// quantileCurve takes the exact quantiles of each trial at places that are equally far
// apart on the picture's axis, up to last.
func quantileCurve(trials [][]float64, last float64) curve {
	c := curve{metric: latencyMetric}
	for i := range cells {
		q := min(last, 1-math.Pow(10, -tail(last)*float64(i+1)/cells))
		var at [][]float64
		for _, xs := range trials {
			at = append(at, []float64{stats.Quantile(xs, q)})
		}
		c.append(q, at)
	}
	return c
}

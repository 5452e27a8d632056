package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/stats"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// beyond is how many hits of a trial must lie beyond a quantile for it to be
// drawn: with fewer, the end of the line is the luck of single requests. A
// claim asks for ten times as many.
const beyond = 10

// drawLatency is the response time by percentile.
func drawLatency(m material) (*vgimg.Canvas, error) {
	responses, fewest, err := responseTimes(m)
	if err != nil {
		return nil, err
	}
	if fewest < 2*beyond {
		return nil, noPicture(fmt.Sprintf("a valid trial has %d hits in its window; percentiles need %d", fewest, 2*beyond))
	}
	last := 1 - beyond/float64(fewest)
	var curves []named
	top := 0.0
	for i, a := range m.arms {
		c := named{a, quantileCurve(responses[i], last)}
		curves, top = append(curves, c), max(top, c.top())
	}
	if top == 0 {
		return nil, noPicture("every response time is 0")
	}
	p := latencyPlot(last, top)
	if err := addCurves(p, curves); err != nil {
		return nil, err
	}
	sheet := newCanvas(4.4 * vg.Inch)
	c := headed(sheet, "Response time from the intended time, by percentile", "line: median of "+m.trialCount()+"; band: lowest to highest trial")
	drawLabelled(c, p, curves)
	return sheet, nil
}

func latencyPlot(last, top float64) *plot.Plot {
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, last, 0, top*1.05
	p.X.Scale, p.X.Tick.Marker = tailScale{}, tailTicks{}
	p.X.Label.Text = "percentage of requests answered within this time"
	p.Y.Tick.Marker = roundTicks{axisUnitFor(bench.UnitSeconds, top), 6}
	p.Add(horizontalGrid())
	return p
}

// responseTimes are, by variant and trial, the response times of the window's
// hits in seconds, sorted, and how many the trial with the fewest has.
func responseTimes(m material) (times [][][]float64, fewest int, err error) {
	fewest = math.MaxInt
	for _, a := range m.arms {
		var trials [][]float64
		for _, t := range a.trials {
			xs, err := windowResponses(m.run.Scenario, t)
			if err != nil {
				return nil, 0, fmt.Errorf("%s: %w", t.Label(), err)
			}
			trials, fewest = append(trials, xs), min(fewest, len(xs))
		}
		if len(trials) == 0 {
			fewest = 0
		}
		times = append(times, trials)
	}
	return times, fewest, nil
}

func windowResponses(sc *bench.Scenario, t *bench.Trial) ([]float64, error) {
	var window stretch
	for _, s := range stretches(sc) {
		if s.Measure {
			window = s
		}
	}
	var xs []float64
	err := t.Hits(func(h bench.Hit) error {
		if at := h.Intended.Seconds(); at >= window.from && at < window.to {
			xs = append(xs, h.ResponseTime().Seconds())
		}
		return nil
	})
	slices.Sort(xs)
	return xs, err
}

// quantileCurve takes the exact quantiles of each trial at places that stand
// equally far apart on the picture's axis, up to last.
func quantileCurve(trials [][]float64, last float64) curve {
	var c curve
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

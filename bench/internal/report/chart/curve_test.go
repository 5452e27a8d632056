package chart

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

func TestCurveOver(t *testing.T) {
	every := func(step, end, value float64) (points []point) {
		for at := 0.0; at < end; at += step {
			points = append(points, point{at, value})
		}
		return points
	}
	c := curveOver([][]point{every(1, 100, 10), every(1, 100, 20), every(1, 50, 60)}, 100)
	for i, x := range c.x {
		mid, high := 30.0, 60.0
		if x > 50 {
			mid, high = 15, 20 // two of the three trials go on
		}
		if c.mid[i] != mid || c.low[i] != 10 || c.high[i] != high {
			t.Errorf("at %v: %v, %v to %v; want %v, 10 to %v", x, c.mid[i], c.low[i], c.high[i], mid, high)
		}
	}
}

func TestCurveHasGapsWhereMostTrialsDo(t *testing.T) {
	var holed, whole []point
	for at := 0.0; at < 100; at++ {
		whole = append(whole, point{at, 1})
		if at < 40 || at >= 60 {
			holed = append(holed, point{at, 1})
		}
	}
	c := curveOver([][]point{holed, whole, holed}, 100)
	lines, bands := c.pieces()
	if len(lines) != 2 || len(bands) != 2 {
		t.Fatalf("%d lines and %d bands, want 2 of each: %v", len(lines), len(bands), c.mid)
	}
	if end, start := lines[0][len(lines[0])-1].X, lines[1][0].X; end > 40 || start < 60 {
		t.Errorf("the gap is from %v to %v, want from 40 to 60", end, start)
	}
}

func TestCurveOfNothing(t *testing.T) {
	c := curveOver([][]point{nil, nil}, 100)
	if top := topOf([]armCurve{{curve: c}}); top != 0 {
		t.Errorf("no reading gives a curve up to %v: %v", top, c)
	}
	if lines, _ := c.pieces(); lines != nil {
		t.Errorf("no reading gives lines: %v", lines)
	}
}

func TestQuantileCurveEndsAtItsLastQuantile(t *testing.T) {
	var xs []float64
	for i := 1; i <= 1000; i++ {
		xs = append(xs, float64(i))
	}
	c := quantileCurve([][]float64{xs, xs}, 0.99)
	if x, y := c.x[len(c.x)-1], c.mid[len(c.mid)-1]; math.Abs(x-0.99) > 1e-12 || math.Abs(y-990) > 1e-9 {
		t.Errorf("ends at %v with %v, want 0.99 with 990", x, y)
	}
	if !slices.IsSorted(c.mid) || !slices.IsSorted(c.x) {
		t.Errorf("quantiles fall: %v", c.mid)
	}
}

// TestCurveIsPlacedByTheTrialsClock, as the table is.
func TestCurveIsPlacedByTheTrialsClock(t *testing.T) {
	t.Parallel()
	trial := reporttest.GuideLike().Write(t, t.TempDir()).Trials[0]
	before, err := memoryPoints(trial, 1e9, metric.BasisCharged)
	reporttest.Check(t, err)
	trial.Clock = &record.SampleClock{By: record.ByWall, Zero: time.Unix(4, 0)}
	after, err := memoryPoints(trial, 1e9, metric.BasisCharged)
	reporttest.Check(t, err)
	if len(before) == 0 || len(after) == 0 {
		t.Fatal("no points")
	}
	last := func(p []point) float64 { return p[len(p)-1].at }
	if got := last(after) - last(before); got < 3.999 || got > 4.001 {
		t.Errorf("the curve moved by %g s, want 4", got)
	}
}

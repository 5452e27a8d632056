package stats

import (
	"math"
	"testing"
)

func TestMeanIntervalOfDarwinsMaize(t *testing.T) {
	in, err := MeanInterval(darwin, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", in.Mean, 20.933, 0.001) // Fisher, section 17: 314/15
	near(t, "sd", in.SD, 37.744, 0.0001)
	near(t, "standard error", in.SD/math.Sqrt(15), 9.746, 0.0001)
	near(t, "half-width", in.HalfWidth, 2.145*9.746, 0.001)
	near(t, "low", in.Low, in.Mean-in.HalfWidth, 1e-15)
	near(t, "high", in.High, in.Mean+in.HalfWidth, 1e-15)
	if in.N != 15 {
		t.Errorf("n = %d, want 15", in.N)
	}
}

func TestMeanIntervalMovesAndScalesWithItsValues(t *testing.T) {
	xs := normals(1, 9, 0, 1)
	moved := make([]float64, len(xs))
	for i, x := range xs {
		moved[i] = 1.58e9 + 1e3*x // bytes: a naive sum of squares has no digit left
	}
	a, _ := MeanInterval(xs, 0.95)
	b, _ := MeanInterval(moved, 0.95)
	near(t, "mean", b.Mean, 1.58e9+1e3*a.Mean, 1e-15)
	near(t, "sd", b.SD, 1e3*a.SD, 1e-9)
	near(t, "half-width", b.HalfWidth, 1e3*a.HalfWidth, 1e-9)
}

func TestMeanIntervalCoversTheMeanAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	for _, level := range []float64{0.90, 0.95} {
		covered := 0
		const runs = 20_000
		for i := range runs {
			in, err := MeanInterval(normals(uint64(i), 6, 7, 2), level)
			if err != nil {
				t.Fatal(err)
			}
			if in.Low <= 7 && 7 <= in.High {
				covered++
			}
		}
		near(t, "coverage", float64(covered)/runs, level, 0.006) // 3.9 standard errors at 95%
	}
}

func TestMeanIntervalOfEqualValuesIsAPoint(t *testing.T) {
	in, err := MeanInterval([]float64{0.1, 0.1, 0.1}, 0.95)
	if err != nil || in.Low != 0.1 || in.High != 0.1 || in.SD != 0 {
		t.Errorf("got %+v, %v", in, err)
	}
}

func TestMeanIntervalRefuses(t *testing.T) {
	for _, xs := range [][]float64{nil, {1}, {1, math.NaN()}, {math.Inf(1), 1}} {
		if in, err := MeanInterval(xs, 0.95); err == nil {
			t.Errorf("%v gave %+v", xs, in)
		}
	}
}

func TestMeanOfNothingIsNoNumber(t *testing.T) {
	if m := Mean(nil); !math.IsNaN(m) {
		t.Errorf("Mean(nil) = %g", m)
	}
}

package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The nominal levels that Pocock's table gives for 5% and equal steps.
func TestPocockByItsTable(t *testing.T) {
	for analyses, want := range map[int]float64{1: 0.05, 2: 0.0294, 3: 0.0221, 4: 0.0182, 5: 0.0158} {
		var at []int
		for i := range analyses {
			at = append(at, 10*(i+1))
		}
		if got := Pocock(at, 0.05); math.Abs(got-want) > 0.00006 {
			t.Errorf("%d analyses: %.5f, want %.4f", analyses, got, want)
		}
	}
}

// Values without an effect, looked at after 6, 9 and 12, lead to a false alarm
// in 5%, also with Student's t for their unknown variance.
func TestPocockKeepsItsLevel(t *testing.T) {
	t.Parallel()
	analyses := []int{6, 9, 12}
	level := Pocock(analyses, 0.05)
	if level < 0.0221 || level > 0.0294 { // the steps are not equal
		t.Errorf("level %.4f", level)
	}
	r := rand.New(rand.NewPCG(3, 3))
	const runs = 20_000
	alarms := 0
	for range runs {
		xs := make([]float64, 12)
		for i := range xs {
			xs[i] = r.NormFloat64()
		}
		for _, n := range analyses {
			in, err := MeanInterval(xs[:n], 1-level)
			if err != nil {
				t.Fatal(err)
			}
			if in.Low > 0 || in.High < 0 {
				alarms++
				break
			}
		}
	}
	if share := float64(alarms) / runs; math.Abs(share-0.05) > 0.006 {
		t.Errorf("%.4f of the runs have a false alarm, want 0.05", share)
	}
}

func TestPocockPanics(t *testing.T) {
	panics(t, "analyses that do not rise", func() { Pocock([]int{6, 6}, 0.05) })
	panics(t, "no alpha", func() { Pocock([]int{6}, 0) })
}

// TestOverallError: it is the inverse of Pocock's level, the identity for one analysis, and
// rises with the nominal level. For two analyses it is the chance that one of two normal
// values with a correlation of √(n1/n2) is outside, which is integrated here in one piece.
func TestOverallError(t *testing.T) {
	analyses := []int{3, 4, 5, 6}
	for _, alpha := range []float64{0.001, 0.05, 0.10} {
		if got := OverallError(analyses, Pocock(analyses, alpha)); math.Abs(got-alpha) > 1e-9 {
			t.Errorf("Pocock's level for %g is wrong in %.12f", alpha, got)
		}
	}
	for _, p := range []float64{0, 1e-30, 0.05, 1} {
		if got := OverallError([]int{6}, p); got != p {
			t.Errorf("one analysis: %g becomes %g", p, got)
		}
	}
	last := 0.0
	for p := 1e-15; p < 0.9; p *= 1.5 {
		got := OverallError(analyses, p)
		if got <= last || got < p || got > 4*p*(1+1e-9) {
			t.Errorf("%g becomes %g after %g", p, got, last)
		}
		last = got
	}
	c, rho := 2.0, math.Sqrt(6./12)
	inside, steps := 0.0, 20_000
	for i := range steps {
		x := c * (2*(float64(i)+0.5)/float64(steps) - 1)
		within := 1 - normalTail((c-rho*x)/math.Sqrt(1-rho*rho)) - normalTail((c+rho*x)/math.Sqrt(1-rho*rho))
		inside += normalDensity(x) * within * 2 * c / float64(steps)
	}
	if got := OverallError([]int{6, 12}, math.Erfc(c/math.Sqrt2)); math.Abs(got-(1-inside)) > 1e-7 {
		t.Errorf("two analyses: %.9f, want %.9f", got, 1-inside)
	}
	panics(t, "analyses that do not rise", func() { OverallError([]int{6, 6}, 0.05) })
}

// TestCrossingByAFinerGrid: a grid four times as fine gives the same chance.
func TestCrossingByAFinerGrid(t *testing.T) {
	for _, analyses := range [][]int{{3, 4, 5, 6}, {6, 9, 12}, {5, 6}, {40, 41, 60}, {3, 30}} {
		for _, c := range []float64{1, 2.3, 5} {
			got, want := crossing(analyses, c, gridWidth), crossing(analyses, c, gridWidth/4)
			if math.Abs(got-want) > 1e-6*want {
				t.Errorf("analyses at %v, bounds of %g: %.9g, a finer grid gives %.9g", analyses, c, got, want)
			}
		}
	}
}

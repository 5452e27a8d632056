package stats

import (
	"math"
	"testing"
)

// TestTTestIsTheInterval: center is at the edge of the interval at the level
// 1-p, whatever the values.
func TestTTestIsTheInterval(t *testing.T) {
	for _, xs := range [][]float64{{1, 2}, {3, 1, 4, 1, 5}, {1e9, 1e9 + 1, 1e9 + 5}, {-2, 0.5, 0.25, 7, 7, 7}} {
		for _, level := range []float64{0.5, 0.9, 0.95, 0.999} {
			in, err := MeanInterval(xs, level)
			if err != nil {
				t.Fatal(err)
			}
			for _, edge := range []float64{in.Low, in.High} {
				if p := TTest(xs, edge); math.Abs(p-(1-level)) > 1e-6*(1-level) {
					t.Errorf("%v at the edge of the %g interval: p = %g", xs, level, p)
				}
			}
		}
	}
}

// A table of Student's distribution: t = 2.776 leaves 5% outside with 4 degrees
// of freedom (Fisher and Yates, Statistical Tables, table III).
func TestTTestOfATable(t *testing.T) {
	xs := []float64{-2, -1, 0, 1, 2} // of standard error 1/√2
	if p := TTest(xs, 2.776/math.Sqrt2); math.Abs(p-0.05) > 1e-4 {
		t.Errorf("p = %g, want 0.05", p)
	}
	for _, c := range []struct{ center, want float64 }{{3, 1}, {4, 0}} {
		if p := TTest([]float64{3, 3, 3}, c.center); p != c.want {
			t.Errorf("equal values against %g: p = %g, want %g", c.center, p, c.want)
		}
	}
	if !math.IsNaN(TTest([]float64{1}, 1)) {
		t.Error("one value has a p")
	}
}

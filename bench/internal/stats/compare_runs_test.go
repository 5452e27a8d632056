package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestCompareRunsByHand: one against one is Welch's over their blocks, one against
// several is their prediction, and equal studies have twice the variance of one.
func TestCompareRunsByHand(t *testing.T) {
	xs, ys := []float64{1, 2, 3, 4}, []float64{4, 6, 8}
	want, _ := welch(xs, ys, 0.9)
	got, err := oneAgainstOne(xs, ys, 0.9)
	near(t, "one against one, low", got.Low, want.Low, 1e-9)
	near(t, "one against one, high", got.High, want.High, 1e-9)
	if err != nil {
		t.Error(err)
	}

	three := []RunEstimate{{10, 0.2, 4}, {12, 0.2, 4}, {14, 0.2, 4}}
	next, _ := Prediction([]float64{10, 12, 14}, 0.9)
	for _, swapped := range []bool{false, true} {
		a, b, sign := three, []RunEstimate{{15, 0.2, 4}}, 1.0
		if swapped {
			a, b, sign = b, a, -1
		}
		got, err := CompareRuns(a, b, 0.9)
		near(t, "one against three", got.Value, sign*3, 1e-9)
		near(t, "as their prediction", got.High-got.Value, next.HalfWidth, 1e-9)
		if err != nil {
			t.Error(err)
		}
	}

	moved := []RunEstimate{{15, 0.2, 4}, {17, 0.2, 4}, {19, 0.2, 4}}
	got, _ = CompareRuns(three, moved, 0.9)
	near(t, "two studies", got.Value, 5, 1e-9)
	near(t, "with four degrees of freedom", got.High-got.Value, tCritical(0.9, 4)*math.Sqrt(2*4.0/3), 1e-6)
}

// TestCompareRunsEdges: a single run that scatters more than the others' runs do is not
// narrower than its blocks allow; without any scatter the interval is a point.
func TestCompareRunsEdges(t *testing.T) {
	still := []RunEstimate{{10, 0, 3}, {10, 0, 3}, {10, 0, 3}}
	got, err := CompareRuns(still, []RunEstimate{{11, 3, 9}}, 0.9)
	near(t, "its own blocks", got.High-got.Value, tCritical(0.9, 2)*1, 1e-9)
	if err != nil {
		t.Error(err)
	}
	if got, err = CompareRuns(still, still, 0.9); err != nil || got != (Estimate{}) {
		t.Errorf("without scatter: %+v, %v", got, err)
	}
	for name, side := range map[string][]RunEstimate{"none": nil, "one block": {{1, 0, 1}}, "not a number": {{math.NaN(), 1, 3}}} {
		if _, err := CompareRuns(still, side, 0.9); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := CompareRuns(side, still, 0.9); err == nil {
			t.Errorf("%s first: no error", name)
		}
	}
}

// TestCoverageOfCompareRuns: whatever the scatter between runs, the interval holds the
// true difference in at least 89% where it claims 90%. One run against one is left out:
// it holds within the two runs alone.
func TestCoverageOfCompareRuns(t *testing.T) {
	t.Parallel()
	const blocks, times = 4, 4000
	for _, k := range [][2]int{{2, 2}, {3, 3}, {5, 2}, {1, 2}, {1, 3}, {5, 1}} {
		for _, ratio := range []float64{0, 0.3, 1, 3, 10} {
			t.Run(fmt.Sprintf("%d against %d runs, between %gx within", k[0], k[1], ratio), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(10*k[0]+k[1]), uint64(10*ratio)))
				study := func(k int) (runs []RunEstimate) {
					for range k {
						level, xs := ratio/math.Sqrt(blocks)*r.NormFloat64(), make([]float64, blocks)
						for i := range xs {
							xs[i] = level + r.NormFloat64()
						}
						runs = append(runs, RunEstimate{Mean(xs), math.Sqrt(covariance(xs, xs)), blocks})
					}
					return runs
				}
				covered := 0.0
				for range times {
					e, err := CompareRuns(study(k[0]), study(k[1]), 0.9)
					if err != nil {
						t.Fatal(err)
					}
					if e.Low <= 0 && 0 <= e.High {
						covered++
					}
				}
				t.Logf("%.3f", covered/times)
				if covered/times < 0.89 {
					t.Errorf("the interval holds the difference in %.3f", covered/times)
				}
			})
		}
	}
}

package stats

import (
	"fmt"
	"math"
	"testing"
)

// Small enough to do on paper.
func TestWelchByHand(t *testing.T) {
	xs := []float64{1, 2, 3, 4, 5} // mean 3, variance 2.5
	ys := []float64{10, 14}        // mean 12, variance 8
	got, err := oneAgainstOne(xs, ys, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// s² = 2.5/5 + 8/2 = 4.5; df = 4.5²/(0.5²/4 + 4²/1) = 1.26, so 1; t = 12.7062.
	near(t, "difference", got.Value, 9, 1e-12)
	near(t, "half-width", got.High-got.Value, 12.706204736*2.1213203436, 1e-8)
	near(t, "symmetry", got.Value-got.Low, got.High-got.Value, 1e-12)
}

// Samples of different size and scatter: where Student's test would go wrong.
func TestWelchCoverage(t *testing.T) {
	t.Parallel()
	covered, runs := 0, 4000
	for seed := range uint64(runs) {
		got, err := oneAgainstOne(normals(seed, 6, 10, 3), normals(seed+1e6, 9, 11, 1), 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if got.Low <= 1 && 1 <= got.High {
			covered++
		}
	}
	if share := float64(covered) / float64(runs); share < 0.94 || share > 0.97 {
		t.Errorf("%.3f of the intervals hold the truth", share)
	}
}

func TestWelchOfEqualValues(t *testing.T) {
	got, err := oneAgainstOne([]float64{2, 2}, []float64{3, 3, 3}, 0.95)
	if err != nil || got != (Estimate{1, 1, 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := oneAgainstOne([]float64{2}, []float64{3, 3}, 0.95); err == nil {
		t.Error("one value has no scatter, and no error")
	}
}

// oneAgainstOne compares two runs with these blocks: it is Welch's test of them.
func oneAgainstOne(xs, ys []float64, level float64) (Estimate, error) {
	return CompareRuns([]RunEstimate{runOf(xs)}, []RunEstimate{runOf(ys)}, level)
}

func runOf(xs []float64) RunEstimate {
	return RunEstimate{Mean: Mean(xs), SD: math.Sqrt(covariance(xs, xs)), N: len(xs)}
}

// welch computes the interval by Welch's own formula.
func welch(xs, ys []float64, level float64) (Estimate, error) {
	if err := checkValues(xs); err != nil {
		return Estimate{}, fmt.Errorf("first sample: %w", err)
	}
	if err := checkValues(ys); err != nil {
		return Estimate{}, fmt.Errorf("second sample: %w", err)
	}
	d := Mean(ys) - Mean(xs)
	nx, ny := float64(len(xs)), float64(len(ys))
	vx, vy := covariance(xs, xs)/nx, covariance(ys, ys)/ny
	if vx+vy == 0 {
		return Estimate{d, d, d}, nil
	}
	df := (vx + vy) * (vx + vy) / (vx*vx/(nx-1) + vy*vy/(ny-1))
	half := tCritical(level, max(1, int(df+1e-9))) * math.Sqrt(vx+vy)
	return Estimate{Value: d, Low: d - half, High: d + half}, nil
}

package stats

import "testing"

// Small enough to do on paper.
func TestWelchByHand(t *testing.T) {
	xs := []float64{1, 2, 3, 4, 5} // mean 3, variance 2.5
	ys := []float64{10, 14}        // mean 12, variance 8
	got, err := Welch(xs, ys, 0.95)
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
		got, err := Welch(normals(seed, 6, 10, 3), normals(seed+1e6, 9, 11, 1), 0.95)
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
	got, err := Welch([]float64{2, 2}, []float64{3, 3, 3}, 0.95)
	if err != nil || got != (Estimate{1, 1, 1}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Welch([]float64{2}, []float64{3, 3}, 0.95); err == nil {
		t.Error("one value has no scatter, and no error")
	}
}

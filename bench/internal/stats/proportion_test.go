package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestShareBounds against the binomial distribution summed up, and against tables
// of Clopper and Pearson.
func TestShareBounds(t *testing.T) {
	for _, tt := range []struct {
		k, n      float64
		low, high float64 // at 97.5%, so of the two-sided 95% interval
	}{
		{0, 10, 0, 0.3085}, {1, 10, 0.0025, 0.4450}, {5, 10, 0.1871, 0.8129}, {10, 10, 0.6915, 1}, {2, 6, 0.0433, 0.7772}, {3, 1000, 0.000619, 0.008742},
	} {
		low, high := ShareBounds(tt.k, tt.n, 0.975)
		if math.Abs(low-tt.low) > 1e-4 || math.Abs(high-tt.high) > 1e-4 {
			t.Errorf("%g of %g: %.5f to %.5f, want %.5f to %.5f", tt.k, tt.n, low, high, tt.low, tt.high)
		}
	}
	if _, high := ShareBounds(0, 12180, 0.95); math.Abs(high-3/12180.) > 2e-6 {
		t.Errorf("none of 12,180: %v, want about 3 in as many", high)
	}
	for n := 1.0; n <= 12; n++ {
		for k := 0.0; k <= n; k++ {
			low, high := ShareBounds(k, n, 0.95)
			if k > 0 && math.Abs(1-binomial(k-1, n, low)-0.05) > 1e-9 {
				t.Errorf("%g of %g or more at %v has probability %v", k, n, low, 1-binomial(k-1, n, low))
			}
			if k < n && math.Abs(binomial(k, n, high)-0.05) > 1e-9 {
				t.Errorf("%g of %g or fewer at %v has probability %v", k, n, high, binomial(k, n, high))
			}
		}
	}
}

// binomial is the probability of k or fewer of n, term by term.
func binomial(k, n, p float64) (sum float64) {
	for i := 0.0; i <= k; i++ {
		choose := 1.0
		for j := 0.0; j < i; j++ {
			choose *= (n - j) / (j + 1)
		}
		sum += choose * math.Pow(p, i) * math.Pow(1-p, n-i)
	}
	return sum
}

func TestLogMeanByHand(t *testing.T) {
	in, err := LogMean([]float64{0, 0.001, 0.002}, 0.90) // t of 2 degrees is 2.91999
	if half := 2.919986 / math.Sqrt(3); err != nil || math.Abs(in.Low-0.001*math.Exp(-half)) > 1e-8 || math.Abs(in.High-0.001*math.Exp(half)) > 1e-8 {
		t.Errorf("%+v, %v", in, err)
	}
	for _, xs := range [][]float64{{0, 0}, {1}, {-1, 3}, {math.NaN(), 1}} {
		if _, err := LogMean(xs, 0.90); err == nil {
			t.Errorf("%v: no error", xs)
		}
	}
}

// TestDifferenceOfSharesCovers: of trials in which 0.5% and 0.2% of 500 requests fail
// the upper bound at 95% lies below the true difference at most one time in twenty.
func TestDifferenceOfSharesCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	share := func(p float64) []float64 {
		xs := make([]float64, 6)
		for i := range xs {
			for range 500 {
				if rng.Float64() < p {
					xs[i] += 1. / 500
				}
			}
		}
		return xs
	}
	const runs = 1000
	below := 0
	for range runs {
		a, errA := LogMean(share(0.02), 0.90)
		b, errB := LogMean(share(0.01), 0.90)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if DifferenceOfShares(a, b).High < 0.01 {
			below++
		}
	}
	if got := float64(below) / runs; got > 0.07 {
		t.Errorf("the bound misses in %.3f of the runs", got)
	}
}

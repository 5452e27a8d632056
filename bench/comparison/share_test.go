package comparison_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
)

// TestShareIntervalHoldsTheExactOne: trials that agree prove no more than their requests
// do, and trials that differ no more than they do.
func TestShareIntervalHoldsTheExactOne(t *testing.T) {
	const level = 0.90
	for _, xs := range [][]float64{
		{0, 0, 0}, {0.004, 0.004, 0.004}, {0.004, 0.004, 0.006}, {0, 0, 0.002}, {0.1, 0, 0}, {1, 1, 1}, {0.998, 1, 1}, {0.5, 0.5},
	} {
		in := comparison.ShareInterval(xs, 500, level)
		n := 500 * float64(len(xs))
		low, high := stats.ShareBounds(math.Round(stats.Mean(xs)*n), n, 0.95)
		if in.Low > low || in.High < high || in.Low < 0 || in.High > 1 || in.Mean < in.Low || in.Mean > in.High || in.Low == in.High {
			t.Errorf("%v: %+v, the exact one is %v to %v", xs, in, low, high)
		}
		if trials, err := stats.LogMean(xs, level); err == nil && (in.Low > trials.Low || in.High < min(1, trials.High)) {
			t.Errorf("%v: %+v, that of the trials %+v", xs, in, trials)
		}
	}
	if in := comparison.ShareInterval([]float64{0.01}, 500, level); in.Low != 0 || in.High != 1 {
		t.Errorf("one trial: %+v", in)
	}
}

// TestShareIntervalCovers: the upper end lies below the true share in at most 5%, of rare
// failures one by one and of failures that come together. The exact interval alone misses
// the second in more.
func TestShareIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	share := func(n int, p float64) (k float64) {
		for range n {
			if rng.Float64() < p {
				k++
			}
		}
		return k / float64(n)
	}
	const runs, hits = 2000, 1000
	for name, tt := range map[string]struct {
		trial func() float64
		truth float64
		naive float64 // the exact one alone misses at least so often
	}{
		"one by one": {func() float64 { return share(hits, 0.002) }, 0.002, 0},
		"together":   {func() float64 { return 0.05 * share(20, 0.2) }, 0.01, 0.1},
	} {
		below, alone := 0, 0
		for range runs {
			xs := []float64{tt.trial(), tt.trial(), tt.trial()}
			if comparison.ShareInterval(xs, hits, 0.90).High < tt.truth {
				below++
			}
			if _, exact := stats.ShareBounds(math.Round(stats.Mean(xs)*3*hits), 3*hits, 0.95); exact < tt.truth {
				alone++
			}
		}
		if got := float64(below) / runs; got > 0.06 {
			t.Errorf("%s: the upper end misses in %.3f", name, got)
		}
		if got := float64(alone) / runs; got < tt.naive {
			t.Errorf("%s: the exact one alone misses in %.3f, so this test shows nothing", name, got)
		}
	}
}

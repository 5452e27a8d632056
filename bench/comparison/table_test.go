package comparison_test

import (
	"math"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// TestScales: a bound survives the way to its scale and back, equal variants are 0 on
// it, and the ends of an interval keep their order.
func TestScales(t *testing.T) {
	for _, c := range comparison.All {
		for _, m := range []metric.Name{"memory.mean", "latency.p95", "errors"} {
			facts, s := c.Facts(), c.Scale(m)
			for _, x := range []float64{0.2, 0.5, 0.9} {
				if back := s.From(s.To(x)); math.Abs(back-x) > 1e-12 {
					t.Errorf("%s of %s: %v comes back as %v", facts.Name, m, x, back)
				}
			}
			if equal := s.Of(7, 7); facts.Baseline && (equal != 0 || math.Abs(s.From(equal)-facts.NoEffect) > 1e-12) {
				t.Errorf("%s of %s: equal variants are at %v, which is %v", facts.Name, m, equal, s.From(equal))
			}
			if estimate, low, high := s.Back(stats.Interval{Low: -0.3, Mean: -0.2, High: -0.1}); !(low < estimate && estimate < high) {
				t.Errorf("%s of %s: %v from %v to %v", facts.Name, m, estimate, low, high)
			}
			if facts.Baseline && s.Above(0.1) <= facts.NoEffect {
				t.Errorf("%s of %s: %v is not above no effect", facts.Name, m, s.Above(0.1))
			}
		}
	}
}

// TestMeansAgreeWithScale: the ratio of two means has the figure of a block with these
// means.
func TestMeansAgreeWithScale(t *testing.T) {
	asked := 0
	for _, c := range comparison.All {
		means, ok := c.(comparison.MeansComparer)
		if !ok {
			continue
		}
		asked++
		low, high := means.OfMeans(0.4, 0.5)
		at := func(of float64) float64 { s := c.Scale("memory.mean"); return s.From(s.Of(of, 10)) }
		if math.Abs(low-min(at(4), at(5))) > 1e-12 || math.Abs(high-max(at(4), at(5))) > 1e-12 {
			t.Errorf("%s: %v to %v, want %v and %v", c.Facts().Name, low, high, at(4), at(5))
		}
	}
	if asked < 2 {
		t.Errorf("%d comparisons have a ratio of means", asked)
	}
}

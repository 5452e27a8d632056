package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestInjectedByHand: pairs that differ by ±2 have variance 2 a reading, shifts 3.
// t of 4 degrees of freedom is 2.1318 at 90%.
func TestInjectedByHand(t *testing.T) {
	in, err := Injected([]float64{63, 65}, []float64{2, -2, 2, -2}, 0.90)
	if err != nil {
		t.Fatal(err)
	}
	if half := 2.131847 * math.Sqrt(3) / math.Sqrt2; in.Mean != 64 || math.Abs(in.High-64-half) > 1e-5 || math.Abs(64-in.Low-half) > 1e-5 {
		t.Errorf("%+v, want 64 ± %v", in, half)
	}
	if in, err := Injected([]float64{63, 66}, []float64{0, 0, 0}, 0.90); err != nil || in.Low != 63 || in.High != 66 {
		t.Errorf("pairs without scatter: %+v, %v", in, err)
	}
	for name, args := range map[string][2][]float64{
		"no reading": {nil, {1, 2}}, "one pair": {{1}, {1}}, "not a number": {{math.NaN()}, {1, 2}}, "infinite": {{1}, {math.Inf(1), 2}},
	} {
		if _, err := Injected(args[0], args[1], 0.90); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestInjectedCovers: of a thousand runs of six blocks and two injections the
// interval misses the amount in one of ten, whatever the scatter.
func TestInjectedCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, sd := range []float64{0.1, 10} {
		missed := 0
		const runs = 4000
		for range runs {
			var shifts, pairs []float64
			for b := range 6 {
				base, control := sd*rng.NormFloat64(), sd*rng.NormFloat64()
				pairs = append(pairs, base-control)
				if b < 2 {
					shifts = append(shifts, 64+sd*rng.NormFloat64()-(base+control)/2)
				}
			}
			if in, err := Injected(shifts, pairs, 0.90); err != nil || in.Low > 64 || in.High < 64 {
				missed++
			}
		}
		if share := float64(missed) / runs; share < 0.08 || share > 0.12 {
			t.Errorf("scatter %g: %.3f of the intervals miss, want 0.10", sd, share)
		}
	}
}

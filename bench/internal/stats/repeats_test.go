package stats

import "testing"

// TestRepeatsTailByHand: three repeats among two arms of one kept trial each fall in four
// equally likely ways. Four repeats on an arm of 4 of 28 trials: C(7,4)/C(31,4).
func TestRepeatsTailByHand(t *testing.T) {
	for k, want := range []float64{1, 3. / 4, 2. / 4, 1. / 4} {
		near(t, "two arms", RepeatsTail(k, 3, 1, 1), want, 1e-12)
	}
	near(t, "all four", RepeatsTail(4, 4, 4, 24), 35.0/31465, 1e-12)
}

// TestRepeatsTailIsConditional: for any chance of a disturbance, the share of the cases
// with so many repeats in all.
func TestRepeatsTailIsConditional(t *testing.T) {
	const kept, others, all = 3, 11, 9
	for _, disturbed := range []float64{0.05, 0.6} {
		repeats := func(of int) []float64 { // the distribution of their number, by convolution of geometric ones
			sum := append([]float64{1}, make([]float64, all)...)
			for range of {
				for x := 1; x <= all; x++ {
					sum[x] += disturbed * sum[x-1]
				}
				for x := range sum {
					sum[x] *= 1 - disturbed
				}
			}
			return sum
		}
		one, rest, total := repeats(kept), repeats(others), repeats(kept + others)[all]
		want := 0.0
		for k := all; k >= 0; k-- {
			want += one[k] * rest[all-k] / total
			near(t, "tail", RepeatsTail(k, all, kept, others), want, 1e-9)
		}
	}
}

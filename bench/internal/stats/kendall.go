package stats

import "math"

// Trend returns the two-sided p-value of Kendall's test that the values have no trend in
// their order, and whether they rise (M. G. Kendall, Biometrika 30, 1938, 81-93). It is
// exact: the orders of n values are counted by their inversions (Knuth, The Art of Computer
// Programming 3, section 5.1.1). With six values that all rise it is 2/720.
//
// ok is false for equal values, one that is not a number, and fewer than two.
func Trend(ys []float64) (p float64, rises, ok bool) {
	pairs, inversions := 0, 0
	for i := range ys {
		for j := range i {
			if !(ys[i] < ys[j]) && !(ys[i] > ys[j]) {
				return 1, false, false
			}
			pairs++
			if ys[i] < ys[j] {
				inversions++
			}
		}
	}
	if pairs == 0 {
		return 1, false, false
	}
	chances := inversionChances(len(ys))
	tail := sum(chances[:min(inversions, pairs-inversions)+1])
	return math.Min(1, 2*tail), 2*inversions < pairs, true
}

// inversionChances returns the chance of each number of inversions, from 0 on, in a random
// order of n values. The k-th value has 0 to k-1 inversions with those before it, each as
// likely.
func inversionChances(n int) []float64 {
	chances := []float64{1}
	for k := 2; k <= n; k++ {
		next := make([]float64, len(chances)+k-1)
		for i, c := range chances {
			for j := range k {
				next[i+j] += c / float64(k)
			}
		}
		chances = next
	}
	return chances
}

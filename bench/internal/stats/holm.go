package stats

import (
	"cmp"
	"slices"
)

// Holm adjusts the p-values of several tests so that those at or below alpha
// can be called significant together: the chance that any of them is a false
// alarm stays at most alpha, whatever their dependence (S. Holm, Scand. J.
// Statist. 6, 1979). The answers are in the order of ps, each between its p and 1.
func Holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ps[a], ps[b]) })
	adjusted := make([]float64, len(ps))
	least := 0.0 // no test may look better than one with a smaller p
	for rank, i := range order {
		least = max(least, min(1, ps[i]*float64(len(ps)-rank)))
		adjusted[i] = least
	}
	return adjusted
}

package comparison

import (
	"math"
	"strconv"
)

// LeastErrors returns the smallest share of errors, 0 to 1, that so many blocks of so
// many requests can show if none fails.
func LeastErrors(hits uint64, blocks int, level float64) float64 {
	return ShareInterval(make([]float64, max(1, blocks)), hits, level).High
}

// ErrorsShown returns a round percentage that a run without failures can prove for a
// difference of error shares: 0.1%, 0.2%, 0.5%, 1% and so on.
func ErrorsShown(hits uint64, blocks int) string {
	least := 100 * LeastErrors(hits, blocks, Level)
	for unit := 0.1; ; unit *= 10 {
		for _, step := range []float64{1, 2, 5} {
			if percent := step * unit; percent >= least || percent >= 100 {
				return strconv.FormatFloat(math.Round(percent*1000)/1000, 'f', -1, 64) + "%"
			}
		}
	}
}

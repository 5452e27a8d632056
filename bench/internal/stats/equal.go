package stats

import "slices"

// rounding is how far equal figures may be apart, as a share of them: the order of a sum
// changes its last digits.
const rounding = 1e-12

// AreEqual reports whether the values, at least one, differ by no more than rounding does.
// size is that of the figures that they were computed from, 0 or more.
func AreEqual(xs []float64, size float64) bool {
	return slices.Max(xs)-slices.Min(xs) <= rounding*size
}

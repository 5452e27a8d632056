package stats

import (
	"errors"
	"math"
	"slices"
)

// Injected returns the two-sided interval, at that level, of the mean of shifts. A shift is
// one reading less the mean of a pair of readings of the same thing in the same block.
// pairs are the differences of the two, one for each block. They scatter as single readings
// do and their true mean is 0, so a reading has the variance Σd²/2n with n degrees of
// freedom, and a shift 1½ times it.
//
// The interval lies within a band if and only if two one-sided tests at half of 1-level
// reject that the mean is below the band and that it is above (Schuirmann 1987, J.
// Pharmacokinet. Biopharm. 15, 657-680). Scatter can only widen it. It is never narrower
// than the range of the shifts where no pair differs: these say nothing of scatter then.
func Injected(shifts, pairs []float64, level float64) (Interval, error) {
	checkLevel(level)
	if len(shifts) == 0 || len(pairs) < 2 {
		return Interval{}, errors.New("an injected amount needs a reading and two pairs to compare with")
	}
	if err := checkValues(slices.Concat(shifts, pairs)); err != nil {
		return Interval{}, err
	}
	squares := 0.0
	for _, d := range pairs {
		squares += d * d
	}
	sd := math.Sqrt(1.5 * squares / float64(2*len(pairs)))
	if squares == 0 {
		return Interval{Mean: Mean(shifts), Low: slices.Min(shifts), High: slices.Max(shifts), N: len(shifts)}, nil
	}
	mean, half := Mean(shifts), tCritical(level, len(pairs))*sd/math.Sqrt(float64(len(shifts)))
	return Interval{Mean: mean, Low: mean - half, High: mean + half, HalfWidth: half, N: len(shifts), SD: sd}, nil
}

package stats

import (
	"errors"
	"math"
	"slices"
)

// ShareBounds returns the exact one-sided bounds, each at that confidence, of a share of
// which k of n independent trials were seen (Clopper & Pearson 1934, Biometrika 26,
// 404-413). With none of n the upper bound is 1-(1-confidence)^(1/n), about 3/n at
// 95% (Hanley & Lippman-Hand 1983, JAMA 249, 1743-1745). n is at least 1, k from 0 to n.
func ShareBounds(k, n float64, confidence float64) (low, high float64) {
	checkLevel(confidence)
	miss := 1 - confidence
	switch {
	case k == 0:
		return 0, -math.Expm1(math.Log(miss) / n)
	case k == n:
		return math.Exp(math.Log(miss) / n), 1
	}
	// P(X >= k) = I_p(k, n-k+1) rises with p, P(X <= k) = 1 - I_p(k+1, n-k) falls.
	low = bisect(0, 1, func(p float64) bool { return incompleteBeta(k, n-k+1, p) < miss })
	high = bisect(0, 1, func(p float64) bool { return 1-incompleteBeta(k+1, n-k, p) > miss })
	return low, high
}

// LogMean is the two-sided interval of the mean of values that are not below 0 and
// whose mean is above it, on the logarithmic scale: mean·exp(±t·sd/(√n·mean)), by
// the delta method. So no end is below 0, and values of 0 may be among them. It is
// an error to give fewer than two values, one below 0, or only zeros.
func LogMean(xs []float64, level float64) (Interval, error) {
	in, err := MeanInterval(xs, level)
	if err != nil {
		return in, err
	}
	if in.Mean <= 0 || slices.Min(xs) < 0 {
		return in, errors.New("the logarithmic scale needs values from 0 on with a mean above 0")
	}
	spread := math.Exp(in.HalfWidth / in.Mean)
	in.Low, in.High = in.Mean/spread, in.Mean*spread
	return in, nil
}

// DifferenceOfShares is the interval of a-b from the intervals of both at one level,
// each with its own asymmetry (MOVER; Donner & Zou 2012, Stat. Methods Med. Res. 21,
// 347-359). It takes the two for independent.
func DifferenceOfShares(a, b Interval) Interval {
	d := a.Mean - b.Mean
	return Interval{
		Mean: d,
		Low:  d - math.Hypot(a.Mean-a.Low, b.High-b.Mean),
		High: d + math.Hypot(a.High-a.Mean, b.Mean-b.Low),
		N:    min(a.N, b.N),
	}
}

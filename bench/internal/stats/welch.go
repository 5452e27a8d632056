package stats

import (
	"fmt"
	"math"
)

// Welch returns the mean of ys less the mean of xs, with its interval at that level, for two
// independent samples whose variances may differ (B. L. Welch, Biometrika 34, 1947). The
// degrees of freedom are Satterthwaite's (Biometrics Bulletin 2, 1946), rounded down, which
// only makes the interval wider. The values are assumed to be independent and roughly
// normal. Fewer than two values in a sample and a value that is not finite are errors.
func Welch(xs, ys []float64, level float64) (Estimate, error) {
	if err := checkValues(xs); err != nil {
		return Estimate{}, fmt.Errorf("first sample: %w", err)
	}
	if err := checkValues(ys); err != nil {
		return Estimate{}, fmt.Errorf("second sample: %w", err)
	}
	d := Mean(ys) - Mean(xs)
	nx, ny := float64(len(xs)), float64(len(ys))
	vx, vy := covariance(xs, xs)/nx, covariance(ys, ys)/ny
	if vx+vy == 0 {
		return Estimate{d, d, d}, nil
	}
	df := (vx + vy) * (vx + vy) / (vx*vx/(nx-1) + vy*vy/(ny-1))
	half := tCritical(level, max(1, int(df+1e-9))) * math.Sqrt(vx+vy)
	return Estimate{Value: d, Low: d - half, High: d + half}, nil
}

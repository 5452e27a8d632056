package stats

import (
	"errors"
	"math"
)

// CompareRuns returns the mean of bs less the mean of as, with its interval at that level.
// With several runs on both sides it is that between runs: each side's mean and variance
// are those of [AcrossRuns], and the degrees of freedom Satterthwaite's
// (Biometrics Bulletin 2, 1946), rounded down, which only makes the interval wider.
//
// One run says nothing of how runs scatter. Against several, it is taken to scatter as
// they do, so the interval is that of [Prediction]; never narrower than its own blocks
// allow. One run against one is Welch's test of their blocks (Biometrika 34, 1947), whose
// variances may differ: it holds within these two.
//
// It is an error to give no run, or a run of fewer than two blocks.
func CompareRuns(as, bs []RunEstimate, level float64) (Estimate, error) {
	if len(as) == 0 || len(bs) == 0 {
		return Estimate{}, errors.New("stats: a comparison needs a run on each side")
	}
	a, err := sideOf(as)
	if err != nil {
		return Estimate{}, err
	}
	b, err := sideOf(bs)
	if err != nil {
		return Estimate{}, err
	}
	df := freedom(a, b)
	switch {
	case len(as) == 1 && len(bs) > 1:
		a.variance, df = max(a.variance, b.ofRun), b.df
	case len(bs) == 1 && len(as) > 1:
		b.variance, df = max(b.variance, a.ofRun), a.df
	}
	d, half := b.mean-a.mean, 0.0
	if sum := a.variance + b.variance; sum > 0 {
		half = tCritical(level, max(1, int(df+1e-9))) * math.Sqrt(sum)
	}
	return Estimate{Value: d, Low: d - half, High: d + half}, nil
}

// side is one side of a comparison of runs.
type side struct {
	mean, variance, df float64 // of the mean over the runs; within the run where it is one
	ofRun              float64 // variance of one run's estimate; 0 where it is not known
}

func sideOf(runs []RunEstimate) (side, error) {
	within, err := withinRuns(runs)
	if err != nil {
		return side{}, err
	}
	if len(runs) == 1 {
		n := float64(runs[0].N)
		return side{mean: runs[0].Mean, variance: within / n, df: n - 1}, nil
	}
	mean, variance := acrossRuns(runs, within)
	means := meansOf(runs)
	return side{mean: mean, variance: variance, df: float64(len(runs) - 1), ofRun: covariance(means, means)}, nil
}

// freedom returns Satterthwaite's degrees of freedom of the variance of a difference.
func freedom(a, b side) float64 {
	sum := a.variance + b.variance
	if sum == 0 {
		return min(a.df, b.df)
	}
	return sum * sum / (a.variance*a.variance/a.df + b.variance*b.variance/b.df)
}

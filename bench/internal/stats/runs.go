package stats

import (
	"errors"
	"math"
)

// RunEstimate is the estimate of one run: the mean over its blocks.
type RunEstimate struct {
	Mean float64
	SD   float64 // of its blocks, with N-1 in the denominator
	N    int     // blocks, at least 2
}

// AcrossRuns estimates the mean over all runs that could be made, of which these are a
// sample: a random-effects mean with the interval of Hartung and Knapp (Stat. Med. 20,
// 2001, 3875-3889). N and SD of the interval are those of the runs.
//
// A run weighs 1/(τ² + s²/N). τ² is the variance between runs, by Paule and Mandel
// (J. Res. Nat. Bur. Stand. 87, 1982, 377-385). s² is the variance of a block, pooled
// over the runs: the variance of three blocks alone is no basis for a weight. The
// interval is never narrower than that of a fixed effect (Röver et al., BMC Med. Res.
// Methodol. 15, 2015, 99): runs that agree by chance prove no more than their blocks do.
//
// Blocks and runs without any scatter give an interval of no width, which proves nothing:
// the caller judges such figures by every block. It is an error to give fewer than two runs,
// or a run of fewer than two blocks.
func AcrossRuns(runs []RunEstimate, level float64) (Interval, error) {
	if len(runs) < 2 {
		return Interval{}, errors.New("stats: an interval across runs needs two runs")
	}
	within, err := withinRuns(runs)
	if err != nil {
		return Interval{}, err
	}
	mean, variance := acrossRuns(runs, within)
	half, means := tCritical(level, len(runs)-1)*math.Sqrt(variance), meansOf(runs)
	sd := math.Sqrt(covariance(means, means))
	return Interval{Mean: mean, Low: mean - half, High: mean + half, HalfWidth: half, N: len(runs), SD: sd}, nil
}

// acrossRuns returns the random-effects mean of two runs or more, and its variance.
// within is the variance of a block.
func acrossRuns(runs []RunEstimate, within float64) (mean, variance float64) {
	means := meansOf(runs)
	weights := runWeights(runs, within, betweenRuns(runs, means, within))
	mean, spread, total := weighted(means, weights)
	if math.IsInf(total, 0) { // blocks and runs without any scatter
		return mean, 0
	}
	return mean, max(1, spread/float64(len(runs)-1)) / total
}

func meansOf(runs []RunEstimate) []float64 {
	means := make([]float64, len(runs))
	for i, r := range runs {
		means[i] = r.Mean
	}
	return means
}

// Prediction is the interval for the estimate of one further run of as many blocks:
// mean ± t(k-1)·s·√(1+1/k) over k runs (Hahn and Meeker, Statistical Intervals, 1991,
// 4.7). The scatter of the runs' estimates holds both the runs' own error and what
// differs between runs. It is an error to give fewer than two estimates.
func Prediction(means []float64, level float64) (Interval, error) {
	in, err := MeanInterval(means, level)
	if err != nil {
		return Interval{}, err
	}
	in.HalfWidth = tCritical(level, in.N-1) * in.SD * math.Sqrt(1+1/float64(in.N))
	in.Low, in.High = in.Mean-in.HalfWidth, in.Mean+in.HalfWidth
	return in, nil
}

// withinRuns returns the variance of a block, over all runs.
func withinRuns(runs []RunEstimate) (float64, error) {
	var squares, df float64
	for _, r := range runs {
		if r.N < 2 || math.IsNaN(r.Mean+r.SD) || math.IsInf(r.Mean+r.SD, 0) {
			return 0, errors.New("stats: each run needs two blocks and finite figures")
		}
		squares += float64(r.N-1) * r.SD * r.SD
		df += float64(r.N - 1)
	}
	return squares / df, nil
}

// betweenRuns returns τ²: the variance between runs at which the weighted squares around
// the mean equal their degrees of freedom; 0 if the blocks explain them.
func betweenRuns(runs []RunEstimate, means []float64, within float64) float64 {
	excess := func(tau float64) float64 {
		_, spread, total := weighted(means, runWeights(runs, within, tau))
		if math.IsInf(total, 0) {
			return math.Inf(1) // no variance at all: any difference is one between runs
		}
		return spread - float64(len(runs)-1)
	}
	most := covariance(means, means) // where it falls to its degrees of freedom at the latest
	if most == 0 || excess(0) <= 0 {
		return 0
	}
	return bisect(0, most, func(tau float64) bool { return excess(tau) > 0 })
}

func runWeights(runs []RunEstimate, within, between float64) []float64 {
	weights := make([]float64, len(runs))
	for i, r := range runs {
		weights[i] = 1 / (between + within/float64(r.N))
	}
	return weights
}

// weighted returns the weighted mean, the weighted sum of squares around it, and the sum
// of the weights. With infinite weights the mean is the plain one.
func weighted(xs, weights []float64) (mean, spread, total float64) {
	total = sum(weights)
	if math.IsInf(total, 0) {
		return Mean(xs), 0, total
	}
	for i, x := range xs {
		mean += weights[i] / total * x
	}
	for i, x := range xs {
		spread += weights[i] * (x - mean) * (x - mean)
	}
	return mean, spread, total
}

package stats

import (
	"fmt"
	"math"
	"sync"
)

// Pocock returns the two-sided level of each of several analyses of growing data, so that
// the chance of a false alarm at any of them is alpha (S. J. Pocock, Biometrika 64, 1977).
// analyses are the numbers of values at each, rising: for 5% and 10, 20 and 30 values it is
// 2.21%.
//
// The values are assumed to be normal with known variance; with Student's t in place of the
// normal quantile the chance stays close to alpha, even for six values. Equal steps give
// Pocock's own constants; others are integrated (Armitage, McPherson and Rowe, J. R. Stat.
// Soc. A 132, 1969).
//
// It panics if the numbers do not rise or alpha is not between 0 and 1. It takes some tens
// of milliseconds for each analysis, once: a run asks for its level after every block.
func Pocock(analyses []int, alpha float64) float64 {
	key := fmt.Sprint(analyses, alpha)
	if level, ok := pocockLevels.Load(key); ok {
		return level.(float64)
	}
	level := pocock(analyses, alpha)
	pocockLevels.Store(key, level)
	return level
}

// pocockLevels holds the results of [Pocock].
var pocockLevels sync.Map

func pocock(analyses []int, alpha float64) float64 {
	checkLevel(1 - alpha)
	checkAnalyses(analyses)
	low, high := alpha/float64(len(analyses)), alpha // Bonferroni's level is always enough
	for range 40 {
		mid := (low + high) / 2
		if OverallError(analyses, mid) > alpha {
			high = mid
		} else {
			low = mid
		}
	}
	return low
}

func checkAnalyses(analyses []int) {
	for i, n := range analyses {
		if n < 1 || i > 0 && n <= analyses[i-1] {
			panic(fmt.Sprintf("stats: analyses at %v do not rise", analyses))
		}
	}
}

// OverallError returns the chance of a false alarm at any of the analyses if each is made
// at that two-sided nominal level. It is the inverse of [Pocock], and turns the p-value of
// one analysis into one for all of them. It is nominal for one analysis, and at most the
// nominal level times their number. Nominal levels of 0 or less and of 1 or more return 0
// and 1.
//
// The assumptions are those of Pocock. It panics if the numbers do not rise.
func OverallError(analyses []int, nominal float64) float64 {
	checkAnalyses(analyses)
	switch {
	case nominal <= 0:
		return 0
	case nominal >= 1:
		return 1
	case len(analyses) == 1:
		return nominal
	}
	return crossing(analyses, math.Sqrt2*math.Erfcinv(nominal), gridWidth)
}

// The grid of the integral: its width in standard deviations of the walk to or from the
// analysis, the shorter of the two, and the most steps.
const (
	gridWidth = 0.1
	mostSteps = 600
)

// crossing returns the chance that a random walk without drift leaves ±c times its standard
// deviation at one of the analyses. It integrates the density inside the bounds from each
// analysis to the next by Simpson's rule, and sums what leaves them: 1 less what stays has
// no digits left where the chance is small.
func crossing(analyses []int, c, width float64) (chance float64) {
	places, mass := []float64{0}, []float64{1} // positions at the last analysis, and the probability at each
	before := 0
	for k, n := range analyses {
		edge := c * math.Sqrt(float64(n))
		step := math.Sqrt(float64(n - before))
		for j, from := range places {
			chance += mass[j] * (normalTail((edge-from)/step) + normalTail((edge+from)/step))
		}
		if k == len(analyses)-1 {
			break
		}
		next := grid(edge, width*min(step, math.Sqrt(float64(analyses[k+1]-n))))
		arrived := make([]float64, len(next))
		for j, from := range places {
			for i, to := range next {
				arrived[i] += mass[j] * normalDensity((to-from)/step) / step
			}
		}
		weighSimpson(arrived, next[1]-next[0])
		places, mass, before = next, arrived, n
	}
	return chance
}

// grid returns an odd number of positions from -edge to edge, at most width apart where
// the most steps allow it.
func grid(edge, width float64) []float64 {
	steps := 2 * int(math.Ceil(min(edge/width, mostSteps/2)))
	xs := make([]float64, steps+1)
	for i := range xs {
		xs[i] = edge * (2*float64(i)/float64(steps) - 1)
	}
	return xs
}

// weighSimpson multiplies the values of a function by the weights of Simpson's rule.
func weighSimpson(ys []float64, step float64) {
	for i := range ys {
		w := 2.0
		switch {
		case i == 0 || i == len(ys)-1:
			w = 1
		case i%2 == 1:
			w = 4
		}
		ys[i] *= w * step / 3
	}
}

// normalTail is the chance of a standard normal value above z.
func normalTail(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

func normalDensity(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

package stats

import (
	"fmt"
	"math"
)

// Pocock is the level at which each look at growing data must be tested, two
// sides together, so that the chance of a false alarm at any of them is alpha
// (S. J. Pocock, Biometrika 64, 1977). looks are the numbers of values at which
// the data are looked at, rising: for 5% and looks at 10, 20 and 30 it is 2.21%.
//
// The values are taken to be normal with known variance; with Student's t in
// the place of the normal quantile the chance stays close to alpha, also for as
// few as six values. Looks at equal steps have Pocock's own constants; others
// are integrated as they are (Armitage, McPherson and Rowe, J. R. Stat. Soc. A
// 132, 1969).
//
// It panics where looks do not rise or alpha is not between 0 and 1. It takes
// some tens of milliseconds a look.
func Pocock(looks []int, alpha float64) float64 {
	checkLevel(1 - alpha)
	for i, n := range looks {
		if n < 1 || i > 0 && n <= looks[i-1] {
			panic(fmt.Sprintf("stats: looks at %v do not rise", looks))
		}
	}
	low, high := alpha/float64(len(looks)), alpha // Bonferroni's level is always enough
	for range 40 {
		mid := (low + high) / 2
		if falseAlarm(looks, math.Sqrt2*math.Erfinv(1-mid)) > alpha {
			high = mid
		} else {
			low = mid
		}
	}
	return low
}

// pocockGrid is the number of steps of the integral over one look.
const pocockGrid = 300

// falseAlarm is the chance that a random walk without drift leaves ±c times its
// standard deviation at one of the looks. The walk's density inside the bounds is
// carried from look to look on a grid, by Simpson's rule.
func falseAlarm(looks []int, c float64) float64 {
	var places, mass []float64 // where the walk may be after the last look, and how much of it is there
	before := 0
	for _, n := range looks {
		edge := c * math.Sqrt(float64(n))
		step := math.Sqrt(float64(n - before))
		next := grid(edge)
		density := func(x float64) float64 { return normalDensity(x/step) / step }
		arrived := make([]float64, len(next))
		for i, to := range next {
			if places == nil {
				arrived[i] = density(to)
				continue
			}
			for j, from := range places {
				arrived[i] += mass[j] * density(to-from)
			}
		}
		weighSimpson(arrived, next[1]-next[0])
		places, mass, before = next, arrived, n
	}
	return 1 - sum(mass)
}

// grid is an odd number of places from -edge to edge.
func grid(edge float64) []float64 {
	xs := make([]float64, pocockGrid+1)
	for i := range xs {
		xs[i] = edge * (2*float64(i)/pocockGrid - 1)
	}
	return xs
}

// weighSimpson turns the values of a function into the parts of its integral.
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

func normalDensity(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

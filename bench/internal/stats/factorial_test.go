package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The pilot plant of Box, Hunter and Hunter (1978, table 10.1): temperature,
// concentration and catalyst, yields in standard order, and the effects that
// their table 10.3 gives.
var pilotPlant = []float64{60, 72, 54, 68, 52, 83, 45, 80}

func TestFactorialByThePilotPlant(t *testing.T) {
	f := noFactorialError(t, [][]float64{pilotPlant, pilotPlant})
	for cause, want := range []float64{23, -5, 1.5} {
		near(t, "main effect", f.MainEffect(cause, 0.95).Value, want, 1e-12)
	}
	for pair, want := range map[[2]int]float64{{0, 1}: 1.5, {0, 2}: 10, {1, 2}: 0} {
		near(t, "interaction", f.Interaction(pair[0], pair[1], 0.95).Value, want, 1e-12)
	}
	near(t, "first in", f.FirstIn(0, 0.95).Value, 12, 1e-12)
	near(t, "last in", f.LastIn(0, 0.95).Value, 35, 1e-12)
	near(t, "total", f.Total(0.95).Value, 20, 1e-12)
}

// The airport game (Littlechild and Owen, Management Science 20, 1973): a
// runway as long as the largest of its aircraft needs costs 1, 2 or 3, and each
// stretch is shared by those who need it.
func TestShapleyByTheAirport(t *testing.T) {
	runway := []float64{0, 1, 2, 2, 3, 3, 3, 3}
	f := noFactorialError(t, [][]float64{runway, runway})
	for cause, want := range []float64{1. / 3, 1./3 + 1./2, 1./3 + 1./2 + 1} {
		near(t, "share", f.Shapley(cause, 0.95).Value, want, 1e-12)
	}
}

// Brute force: the mean over all orders of what the cause adds when its turn
// comes. The shares add up to the total, in figures and in percent.
func TestShapleyIsTheMeanOverAllOrders(t *testing.T) {
	for seed := range uint64(50) {
		cells := [][]float64{normals(seed, 16, 10, 3), normals(seed+500, 16, 10, 3)}
		f := noFactorialError(t, cells)
		sums, orders := make([]float64, 4), 0
		permute([]int{0, 1, 2, 3}, 0, func(order []int) {
			orders++
			at := 0
			for _, cause := range order {
				sums[cause] += f.means[at|1<<cause] - f.means[at]
				at |= 1 << cause
			}
		})
		var all, percent float64
		for cause, sum := range sums {
			got := f.Shapley(cause, 0.95).Value
			near(t, "Shapley value", got, sum/float64(orders), 1e-9)
			share, _ := f.ShapleyShare(cause, 0.95)
			all, percent = all+got, percent+share.Value
		}
		near(t, "sum", all, f.Total(0.95).Value, 1e-9)
		near(t, "sum of shares", percent, 1, 1e-9)
	}
}

func permute(order []int, from int, f func([]int)) {
	if from == len(order) {
		f(order)
		return
	}
	for i := from; i < len(order); i++ {
		order[from], order[i] = order[i], order[from]
		permute(order, from+1, f)
		order[from], order[i] = order[i], order[from]
	}
}

// With one cause the design is pairs, and its interval Student's of the
// differences.
func TestFactorialOfOneCauseIsPairs(t *testing.T) {
	off, on := normals(1, 6, 10, 2), normals(2, 6, 7, 2)
	var cells [][]float64
	d := make([]float64, len(off))
	for i := range off {
		cells = append(cells, []float64{off[i], on[i]})
		d[i] = on[i] - off[i]
	}
	f := noFactorialError(t, cells)
	want, err := MeanInterval(d, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []Estimate{f.Total(0.95), f.Shapley(0, 0.95), f.MainEffect(0, 0.95), f.FirstIn(0, 0.95), f.LastIn(0, 0.95)} {
		near(t, "low", got.Low, want.Low, 1e-9)
		near(t, "high", got.High, want.High, 1e-9)
	}
	share, ok := f.ShapleyShare(0, 0.95)
	if !ok {
		t.Error("the share of the only cause is unbounded")
	}
	for _, x := range []float64{share.Value, share.Low, share.High} {
		near(t, "share of the only cause", x, 1, 1e-6)
	}
}

// What a block adds to all of its measurements changes nothing.
func TestFactorialLeavesBlocksOut(t *testing.T) {
	cells := [][]float64{normals(1, 8, 10, 1), normals(2, 8, 10, 1), normals(3, 8, 10, 1)}
	f := noFactorialError(t, cells)
	for c := range cells[1] {
		cells[1][c] += 1000
	}
	g := noFactorialError(t, cells)
	near(t, "low", g.Shapley(1, 0.95).Low, f.Shapley(1, 0.95).Low, 1e-9)
	near(t, "high", g.Interaction(0, 2, 0.95).High, f.Interaction(0, 2, 0.95).High, 1e-9)
}

// Intervals of 95% hold the truth in 95%, also where the errors grow with the
// figure, as they do with memory, for what is asked of all combinations.
func TestFactorialCoverage(t *testing.T) {
	t.Parallel()
	truth := make([]float64, 16) // four causes of 1.6 that hinder each other
	for c := range truth {
		saved := 0.0
		for i, s := range []float64{0.15, 0.3, 0.1, 0.4} {
			if c&(1<<i) != 0 {
				saved += s * (1 - saved)
			}
		}
		truth[c] = 1.6 * (1 - saved)
	}
	exact := noFactorialError(t, [][]float64{truth, truth})
	r := rand.New(rand.NewPCG(7, 7))
	const runs = 4000
	covered := map[string]int{}
	for range runs {
		var cells [][]float64
		for range 3 {
			offset := 0.1 * r.NormFloat64()
			block := make([]float64, len(truth))
			for c, y := range truth {
				block[c] = y*(1+0.03*r.NormFloat64()) + offset
			}
			cells = append(cells, block)
		}
		f := noFactorialError(t, cells)
		for name, ask := range map[string]func(*Factorial) Estimate{
			"Shapley":     func(f *Factorial) Estimate { return f.Shapley(1, 0.95) },
			"main effect": func(f *Factorial) Estimate { return f.MainEffect(3, 0.95) },
			"interaction": func(f *Factorial) Estimate { return f.Interaction(1, 3, 0.95) },
			"share":       func(f *Factorial) Estimate { s, _ := f.ShapleyShare(1, 0.95); return s },
		} {
			if got, want := ask(f), ask(exact).Value; got.Low <= want && want <= got.High {
				covered[name]++
			}
		}
	}
	for name, n := range covered {
		if share := float64(n) / runs; math.Abs(share-0.95) > 0.02 {
			t.Errorf("%s: %.3f of the intervals hold the truth", name, share)
		}
	}
}

func TestFactorialRefuses(t *testing.T) {
	for name, cells := range map[string][][]float64{
		"one block":            {{1, 2}},
		"no full design":       {{1, 2, 3}, {1, 2, 3}},
		"nothing to compare":   {{1}, {1}},
		"a combination lacks":  {{1, 2, 3, 4}, {1, 2, 3}},
		"not a number":         {{1, 2}, {1, math.NaN()}},
		"more than anyone ran": {make([]float64, 512), make([]float64, 512)},
	} {
		if _, err := NewFactorial(cells); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func noFactorialError(t *testing.T, cells [][]float64) *Factorial {
	t.Helper()
	f, err := NewFactorial(cells)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

package stats

import (
	"math"
	"math/rand/v2"
	"slices"
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

// A contrast of steps that scatter differently, by hand. Adding x to none gives 1, 2, 3
// (mean 2, variance 1), adding it to y gives 4, 8, 6 (mean 6, variance 4). Each weighs a
// half: the effect is 4, its variance (1/4 + 4/4)/3 = 5/12, and its degrees of freedom
// 2·5²/(1² + 4²).
func TestStepsHaveVariancesOfTheirOwn(t *testing.T) {
	f := noFactorialError(t, [][]float64{{10, 11, 20, 24}, {50, 52, 61, 69}, {30, 33, 41, 47}})
	variance, df := f.variance(f.shapley(0))
	near(t, "value", f.value(f.shapley(0)), 4, 1e-12)
	near(t, "variance", variance, 5./12, 1e-12)
	near(t, "degrees of freedom", df, 50./17, 1e-12)
	half := tCritical(0.9, 50./17) * math.Sqrt(5./12)
	got := f.Shapley(0, 0.9)
	near(t, "low", got.Low, 4-half, 1e-12)
	near(t, "high", got.High, 4+half, 1e-12)
	first := f.FirstIn(0, 0.9) // 1, 2, 3: by the table 2 ± 2.919986/√3
	near(t, "first low", first.Low, 2-2.919986/math.Sqrt(3), 1e-6)
	near(t, "first high", first.High, 2+2.919986/math.Sqrt(3), 1e-6)
}

// The p-value and the interval of an interaction are one test, the same both ways.
func TestInteractionP(t *testing.T) {
	for seed := range uint64(20) {
		f := noFactorialError(t, [][]float64{normals(seed, 16, 10, 3), normals(seed+50, 16, 10, 3), normals(seed+99, 16, 10, 3)})
		p := f.InteractionP(1, 3)
		near(t, "the other way", f.InteractionP(3, 1), p, 1e-12)
		in := f.Interaction(1, 3, 1-p)
		near(t, "the end of the interval at 1-p", min(math.Abs(in.Low), math.Abs(in.High)), 0, 1e-9)
	}
	additive := noFactorialError(t, [][]float64{{0, 1, 2, 3}, {5, 6, 7, 8}})
	near(t, "p of no interaction", additive.InteractionP(0, 1), 1, 0)
	overlap := noFactorialError(t, [][]float64{{0, 1, 2, 2}, {5, 6, 7, 7}})
	near(t, "p without scatter, of two blocks", overlap.InteractionP(0, 1), 0.5, 0)
}

// Ahead is the difference of two Shapley values, and its interval is from the combinations
// in which they differ.
func TestAheadIsADifference(t *testing.T) {
	f := noFactorialError(t, [][]float64{normals(1, 16, 10, 3), normals(2, 16, 10, 3), normals(3, 16, 10, 3)})
	for _, pair := range [][2]int{{0, 1}, {3, 1}, {2, 3}} {
		i, j := pair[0], pair[1]
		got := f.Ahead(i, j, 0.9)
		near(t, "ahead", got.Value, f.Shapley(i, 0.9).Value-f.Shapley(j, 0.9).Value, 1e-12)
		near(t, "behind", f.Ahead(j, i, 0.9).Low, -got.High, 1e-12)
	}
	panics(t, "ahead of itself", func() { f.Ahead(1, 1, 0.9) })
}

// Without a total there is no share, and it is found out at once.
func TestShareOfNothing(t *testing.T) {
	f := noFactorialError(t, [][]float64{{1, 2, 2, 1}, {2, 3, 3, 2}})
	if share, ok := f.ShapleyShare(0, 0.9); ok {
		t.Errorf("a share of nothing: %+v", share)
	}
}

// Intervals of 90% hold the truth in 87% to 94%, where half of the combinations scatter
// five times as much as the others, with and without a difference between blocks. Between
// noisy combinations, one variance for all would hold it in 76%; between quiet ones, in
// 100%. Among interactions that are all 0, Holm calls one clear of 0 in at most 10%.
func TestFactorialCoverage(t *testing.T) {
	t.Parallel()
	asks := map[string]func(*Factorial) Estimate{
		"total":                       func(f *Factorial) Estimate { return f.Total(0.9) },
		"first, noisy":                func(f *Factorial) Estimate { return f.FirstIn(0, 0.9) },
		"first, noisy to quiet":       func(f *Factorial) Estimate { return f.FirstIn(3, 0.9) },
		"last, quiet":                 func(f *Factorial) Estimate { return f.LastIn(0, 0.9) },
		"Shapley":                     func(f *Factorial) Estimate { return f.Shapley(1, 0.9) },
		"Shapley of the quiet cause":  func(f *Factorial) Estimate { return f.Shapley(3, 0.9) },
		"main effect":                 func(f *Factorial) Estimate { return f.MainEffect(0, 0.9) },
		"interaction":                 func(f *Factorial) Estimate { return f.Interaction(0, 1, 0.9) },
		"interaction, quiet cause":    func(f *Factorial) Estimate { return f.Interaction(3, 1, 0.9) },
		"ahead":                       func(f *Factorial) Estimate { return f.Ahead(3, 0, 0.9) },
		"share":                       func(f *Factorial) Estimate { s, _ := f.ShapleyShare(1, 0.9); return s },
		"share of the quietest cause": func(f *Factorial) Estimate { s, _ := f.ShapleyShare(3, 0.9); return s },
	}
	truth := make([]float64, 16) // additive, so that there are no interactions
	for c := range truth {
		truth[c] = 1600
		for i, saved := range []float64{450, 50, 40, 440} {
			if c&(1<<i) != 0 {
				truth[c] -= saved
			}
		}
	}
	exact := noFactorialError(t, [][]float64{truth, truth})
	const runs = 2000
	for _, blocks := range []int{3, 6} {
		for _, offsets := range []float64{0, 100} {
			r := rand.New(rand.NewPCG(uint64(blocks), uint64(offsets)))
			covered, found := map[string]int{}, 0
			for range runs {
				f := noFactorialError(t, unequalBlocks(r, truth, blocks, offsets))
				for name, ask := range asks {
					if got, want := ask(f), ask(exact).Value; got.Low <= want && want <= got.High {
						covered[name]++
					}
				}
				if findsInteraction(f) {
					found++
				}
			}
			for name := range asks {
				if share := float64(covered[name]) / runs; share < 0.87 || share > 0.94 {
					t.Errorf("%d blocks that differ by %v, %s: %.3f of the intervals hold the truth", blocks, offsets, name, share)
				}
			}
			if share := float64(found) / runs; share > 0.115 {
				t.Errorf("%d blocks that differ by %v: an interaction is found in %.3f", blocks, offsets, share)
			}
		}
	}
}

// unequalBlocks measures 16 combinations, of which those with the last cause scatter by a
// fifth as much as the others.
func unequalBlocks(r *rand.Rand, truth []float64, blocks int, offsets float64) (rows [][]float64) {
	for range blocks {
		offset := offsets * r.NormFloat64()
		block := make([]float64, len(truth))
		for c, y := range truth {
			sd := 32.0
			if c&8 != 0 {
				sd /= 5
			}
			block[c] = y + offset + sd*r.NormFloat64()
		}
		rows = append(rows, block)
	}
	return rows
}

func findsInteraction(f *Factorial) bool {
	var ps []float64
	for i := range f.causes {
		for j := range i {
			ps = append(ps, f.InteractionP(i, j))
		}
	}
	return slices.Min(Holm(ps)) <= 0.1
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

// TestInteractionWithoutScatter: three blocks that all show the same do not prove an
// interaction, eight do. Errors of rounding are no scatter.
func TestInteractionWithoutScatter(t *testing.T) {
	for blocks, want := range map[int]float64{3: 0.25, 8: 1. / 128} {
		var rows [][]float64
		for b := range blocks {
			rows = append(rows, []float64{1e9, 2e9, 3e9, 5e9 * (1 + 1e-15*float64(b))})
		}
		f, err := NewFactorial(rows)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "p", f.InteractionP(0, 1), want, 1e-12)
	}
}

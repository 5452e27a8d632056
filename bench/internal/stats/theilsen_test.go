package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Sen's own example. The interval in his paper rests on slips in the list of
// slopes; 26/7 and 35/8 are the corrected ends.
func TestTheilSenOfSensExample(t *testing.T) {
	x := []float64{1, 2, 3, 4, 10, 12, 18}
	y := []float64{9, 15, 19, 20, 45, 55, 78}
	e, err := TheilSen(x, y, 0.93)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Estimate{Value: 4, Low: 26.0 / 7, High: 35.0 / 8}); e != want {
		t.Errorf("got %+v, want %+v", e, want)
	}
}

func TestTheilSenIsNotMovedByWildPoints(t *testing.T) {
	var x, y []float64
	for i := range 40 {
		x, y = append(x, float64(i)), append(y, 3*float64(i)+1)
		if i%5 == 0 {
			y[i] = 1e6
		}
	}
	e, err := TheilSen(x, y, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "slope", e.Value, 3, 1e-12)
}

func TestTheilSenDoesNotDependOnTheOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	x := []float64{0, 0, 1, 1, 2, 3, 5, 5, 5, 9, 10, 11} // ties
	y := normals(3, len(x), 0, 1)
	want, err := TheilSen(x, y, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		r.Shuffle(len(x), func(i, j int) { x[i], x[j], y[i], y[j] = x[j], x[i], y[j], y[i] })
		if got, err := TheilSen(x, y, 0.95); err != nil || got != want {
			t.Fatalf("got %+v, %v, before %+v", got, err, want)
		}
	}
}

func TestTheilSenFollowsAShear(t *testing.T) {
	x, y := normals(1, 30, 0, 5), normals(2, 30, 0, 1)
	before, err := TheilSen(x, y, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for i := range y {
		y[i] = 2*y[i] + 7*x[i] + 100
	}
	after, err := TheilSen(x, y, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "value", after.Value, 2*before.Value+7, 1e-9)
	near(t, "low", after.Low, 2*before.Low+7, 1e-9)
	near(t, "high", after.High, 2*before.High+7, 1e-9)
}

// Kendall's score of points without a trend, over all orders of y, has the
// variance that the interval uses.
func TestKendallVarianceIsThatOfAllOrders(t *testing.T) {
	for _, x := range [][]float64{{1, 2, 3, 4, 5, 6}, {1, 1, 2, 3, 3, 3}} {
		var squares, orders float64
		permutations(len(x), func(y []int) {
			var s float64
			for i := range x {
				for j := range i {
					if x[i] != x[j] {
						s += math.Copysign(1, (x[i]-x[j])*float64(y[i]-y[j]))
					}
				}
			}
			squares, orders = squares+s*s, orders+1
		})
		near(t, "variance", kendallVariance(x), squares/orders, 1e-12)
	}
}

func permutations(n int, visit func([]int)) {
	var extend func(head []int)
	extend = func(head []int) {
		if len(head) == n {
			visit(head)
		}
		for v := range n {
			if !slices.Contains(head, v) {
				extend(append(slices.Clone(head), v))
			}
		}
	}
	extend(nil)
}

func TestTheilSenCoversTheSlopeAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	for _, n := range []int{8, 25} {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i)
		}
		covered := 0
		const runs = 4000
		for run := range runs {
			y := normals(uint64(run), n, 0, 3)
			for i := range y {
				y[i] += 0.5 * x[i]
			}
			e, err := TheilSen(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if e.Low <= 0.5 && 0.5 <= e.High {
				covered++
			}
		}
		if share := float64(covered) / runs; share < 0.94 || share > 0.985 {
			t.Errorf("%d points: the interval holds the slope in %.3f of the runs", n, share)
		}
	}
}

func TestTheilSenRefuses(t *testing.T) {
	line := func(n int) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = float64(i)
		}
		return xs
	}
	tests := []struct {
		name string
		x, y []float64
		ok   bool
	}{
		{"different lengths", line(9), line(8), false},
		{"five points", line(5), line(5), false},
		{"six points", line(6), line(6), true},
		{"one x", make([]float64, 9), line(9), false},
		{"no number", line(9), append(line(8), math.NaN()), false},
		{"infinity", append(line(8), math.Inf(1)), line(9), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if e, err := TheilSen(tt.x, tt.y, 0.95); (err == nil) != tt.ok {
				t.Errorf("got %+v, %v", e, err)
			}
		})
	}
}

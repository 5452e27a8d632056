package stats

import (
	"math"
	"testing"
)

// TestTrend: p-values by hand, and by Kendall's table for n = 6: 1 inversion has 2·6/720,
// 2 have 2·20/720.
func TestTrend(t *testing.T) {
	for _, tt := range []struct {
		ys    []float64
		p     float64
		rises bool
	}{
		{[]float64{1, 2, 3, 4, 5, 6}, 2. / 720, true},
		{[]float64{6, 5, 4, 3, 2, 1}, 2. / 720, false},
		{[]float64{2, 1, 3, 4, 5, 6}, 12. / 720, true},
		{[]float64{2, 1, 4, 3, 5, 6}, 40. / 720, true},
		{[]float64{1, 2, 3, 4, 5}, 2. / 120, true},
		{[]float64{1, 2}, 1, true},
		{[]float64{2, 4, 1, 3}, 1, false}, // as many pairs fall as rise
	} {
		p, rises, ok := Trend(tt.ys)
		if !ok || math.Abs(p-tt.p) > 1e-12 || rises != tt.rises {
			t.Errorf("%v: %g, rises %v, %v; want %g, %v", tt.ys, p, rises, ok, tt.p, tt.rises)
		}
	}
	for _, ys := range [][]float64{nil, {1}, {1, 2, 2}, {1, math.NaN(), 3}} {
		if _, _, ok := Trend(ys); ok {
			t.Errorf("%v has a trend", ys)
		}
	}
}

// TestTrendByAllOrders: over all orders of seven values the p-value is at most x in at most
// a share x of them, and its distribution is the enumerated one.
func TestTrendByAllOrders(t *testing.T) {
	counts, ys := make([]float64, 22), []float64{1, 2, 3, 4, 5, 6, 7}
	var permute func(k int)
	permute = func(k int) {
		if k == len(ys) {
			inversions := 0
			for i := range ys {
				for j := range i {
					if ys[j] > ys[i] {
						inversions++
					}
				}
			}
			counts[inversions]++
			return
		}
		for i := k; i < len(ys); i++ {
			ys[k], ys[i] = ys[i], ys[k]
			permute(k + 1)
			ys[k], ys[i] = ys[i], ys[k]
		}
	}
	permute(0)
	for i, chance := range inversionChances(7) {
		if math.Abs(chance-counts[i]/5040) > 1e-12 {
			t.Errorf("%d inversions: %g, counted %g", i, chance, counts[i]/5040)
		}
	}
}

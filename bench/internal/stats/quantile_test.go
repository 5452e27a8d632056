package stats

import (
	"fmt"
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	ten := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	tests := []struct {
		sorted []float64
		q      float64
		want   float64
	}{
		{[]float64{7}, 0, 7}, {[]float64{7}, 0.5, 7}, {[]float64{7}, 1, 7},
		{ten, 0, 1}, {ten, 0.1, 1}, {ten, 0.100001, 2}, {ten, 0.5, 5}, {ten, 0.95, 10}, {ten, 1, 10},
		{[]float64{1, 2, 3}, 0.5, 2}, {[]float64{1, 1, 1, 9}, 0.75, 1}, {[]float64{1, 1, 1, 9}, 0.76, 9},
	}
	for _, tt := range tests {
		if got := Quantile(tt.sorted, tt.q); got != tt.want {
			t.Errorf("Quantile(%v, %g) = %g, want %g", tt.sorted, tt.q, got, tt.want)
		}
	}
}

// The definition in whole numbers: the first rank with rank/n >= k/1000.
func TestQuantileIsTheDefinition(t *testing.T) {
	for n := 1; n <= 400; n++ {
		ranks := make([]float64, n)
		for i := range ranks {
			ranks[i] = float64(i + 1)
		}
		for k := 0; k <= 1000; k++ {
			want := 1
			for want*1000 < k*n {
				want++
			}
			if got := Quantile(ranks, float64(k)/1000); got != float64(want) {
				t.Fatalf("quantile %d/1000 of %d values has rank %g, want %d", k, n, got, want)
			}
		}
	}
}

func TestQuantileRefuses(t *testing.T) {
	for _, q := range []float64{-0.01, 1.01, 95, math.NaN()} {
		panics(t, fmt.Sprint("q ", q), func() { Quantile([]float64{1}, q) })
	}
	panics(t, "an empty sample", func() { Quantile(nil, 0.5) })
}

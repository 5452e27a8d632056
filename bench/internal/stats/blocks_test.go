package stats

import (
	"math"
	"testing"
)

func TestBlocksNeeded(t *testing.T) {
	tests := []struct {
		sd, distance, level float64
		want                int
	}{
		{1, 13, 0.95, 2}, // 12.706/√2 = 8.98
		{1, 9, 0.95, 2},
		{1, 8.98, 0.95, 3}, // 4.303/√3 = 2.48
		{1, 2.48, 0.95, 4}, // 3.182/√4 = 1.591
		{1, 1.05, 0.95, 6}, // 2.571/√6 = 1.0496
		{1, 1.04, 0.95, 7}, // 2.447/√7 = 0.925
		{1, 0.5, 0.95, 18}, // 2.110/√18 = 0.497, 2.120/√17 = 0.514
		{1, 1, 0.90, 5},    // 2.132/√5 = 0.953, 2.353/√4 = 1.18
		{0, 1, 0.95, 2},
		{1, 0, 0.95, 0},
		{1, -1, 0.95, 0},
		{1, 1e-9, 0.95, 0},
		{math.NaN(), 1, 0.95, 0},
		{math.Inf(1), 1, 0.95, 0},
		{1, math.Inf(1), 0.95, 0},
	}
	for _, tt := range tests {
		if got := BlocksNeeded(tt.sd, tt.distance, tt.level); got != tt.want {
			t.Errorf("BlocksNeeded(%g, %g, %g) = %d, want %d", tt.sd, tt.distance, tt.level, got, tt.want)
		}
	}
}

func TestBlocksNeededIsTheFirstThatDoes(t *testing.T) {
	half := func(n int, level float64) float64 { return tCritical(level, n-1) / math.Sqrt(float64(n)) }
	for _, level := range []float64{0.80, 0.95, 0.99} {
		for distance := 0.1; distance < 10; distance *= 1.3 {
			want := 2
			for half(want, level) >= distance {
				want++
			}
			if got := BlocksNeeded(1, distance, level); got != want {
				t.Errorf("BlocksNeeded(1, %g, %g) = %d, counting has %d", distance, level, got, want)
			}
		}
	}
}

package stats

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// Fisher counts 863 of the 2^15 sums that are as large as the one observed.
func TestSignFlipOfDarwinsMaize(t *testing.T) {
	if got, want := SignFlip(darwin, 0), 2*863.0/(1<<15); got != want {
		t.Errorf("p = %g, Fisher has %g", got, want)
	}
}

func TestSignFlipAtItsEnds(t *testing.T) {
	tests := []struct {
		name   string
		xs     []float64
		center float64
		want   float64
	}{
		{"one value", []float64{3}, 0, 1},
		{"all at the center", []float64{2, 2, 2}, 2, 1},
		{"all on one side", []float64{1, 2, 3, 4, 5, 6}, 0, 1.0 / 32},
		{"all on the other side", []float64{1, 2, 3, 4, 5, 6}, 7, 1.0 / 32},
		{"in the middle", []float64{-1, 1}, 0, 1},
		{"a deviation of nothing", []float64{0, 1, 2, 3}, 0, 1.0 / 4},
		{"ties that rounding would break", []float64{0.1, 0.2, 0.3}, 0, 1.0 / 4},
		{"a sum that hangs on 0.1+0.2-0.3", []float64{0.1, 0.2, -0.3, 0.6}, 0, 10.0 / 16},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := SignFlip(tt.xs, tt.center); got != tt.want {
				t.Errorf("p = %g, want %g", got, tt.want)
			}
		})
	}
}

func TestSignFlipAgreesWithExactFractions(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for i := range 200 {
		xs := make([]float64, 1+r.IntN(9))
		for j := range xs {
			xs[j] = float64(r.IntN(13)-6) / 10 // coarse, so that many sums tie
		}
		tenths := r.IntN(5) - 2
		if got, want := SignFlip(xs, float64(tenths)/10), bruteSignFlip(xs, tenths); got != want {
			t.Fatalf("case %d: %v around %d/10: p = %g, brute force has %g", i, xs, tenths, got, want)
		}
	}
}

// bruteSignFlip takes all values as whole tenths and counts by bit pattern.
func bruteSignFlip(xs []float64, centerTenths int) float64 {
	sumOf := func(signs int) *big.Rat {
		sum := new(big.Rat)
		for i, x := range xs {
			d := big.NewRat(int64(math.Round(x*10))-int64(centerTenths), 10)
			if signs>>i&1 == 1 {
				d.Neg(d)
			}
			sum.Add(sum, d)
		}
		return sum.Abs(sum)
	}
	observed, far := sumOf(0), 0
	for signs := range 1 << len(xs) {
		if sumOf(signs).Cmp(observed) >= 0 {
			far++
		}
	}
	return float64(far) / float64(int(1)<<len(xs))
}

func TestSignFlipIsSymmetric(t *testing.T) {
	for seed := range uint64(50) {
		xs := normals(seed, 8, 0.5, 1)
		mirrored := make([]float64, len(xs))
		for i, x := range xs {
			mirrored[len(xs)-1-i] = 2 - x
		}
		if a, b := SignFlip(xs, 0.25), SignFlip(mirrored, 1.75); a != b {
			t.Errorf("seed %d: p = %g, mirrored %g", seed, a, b)
		}
	}
}

func TestSignFlipRefuses(t *testing.T) {
	for _, n := range []int{0, MaxSignFlip + 1} {
		panics(t, fmt.Sprint(n, " values"), func() { SignFlip(make([]float64, n), 0) })
	}
	if p := SignFlip(normals(1, MaxSignFlip, 9, 1), 0); p != math.Exp2(1-MaxSignFlip) {
		t.Errorf("p of %d values on one side = %g", MaxSignFlip, p)
	}
}

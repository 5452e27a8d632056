package chart

import (
	"testing"

	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot/vg"
)

// A claim's name has a place above and below its line and every curve, the nearest
// to the line first.
func TestPlacesOfAClaimsName(t *testing.T) {
	at := func(low, high float64) named {
		return named{curve: curve{x: []float64{0, 1}, low: []float64{low, low}, mid: []float64{low, low}, high: []float64{high, high}}}
	}
	bound := 80.0
	m := memoryClaim{ClaimVerdict: verdict.ClaimVerdict{AtMost: &bound}}
	y := func(v float64) vg.Length { return vg.Length(v) }
	places := m.places([]named{at(55, 85), at(150, 160)}, y)
	want := []vg.Length{83, 88, 66, 41, 136, 163} // above 80, above 85, below 80, below 55, below 150, above 160
	if len(places) != len(want) {
		t.Fatalf("places are %v, want %v", places, want)
	}
	for i := range want {
		if places[i] != want[i] {
			t.Errorf("place %d is at %v, want %v", i, places[i], want[i])
		}
	}
}

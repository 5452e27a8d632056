package comparison

import (
	"math"

	"github.com/memproof/memproof/bench/internal/stats"
)

// Scale carries a comparison to the scale on which its blocks are averaged and
// back: logarithms for reduction and ratio, so that halving and doubling
// weigh the same, the plain figure otherwise.
type Scale struct {
	Of   func(of, against float64) float64 // one block on the scale
	To   func(figure float64) float64      // a bound on the scale
	From func(x float64) float64           // back to a figure
	// Saves says that the figure is what is gone of the baseline: a higher value on
	// the scale is a lower figure, and a factor is one of what is left.
	Saves bool
	// Factor says that the scale is of logarithms: a distance on it is a factor.
	Factor bool
}

// Back carries an interval from the scale to figures.
func (s Scale) Back(in stats.Interval) (estimate, low, high float64) {
	estimate, low, high = s.From(in.Mean), s.From(in.Low), s.From(in.High)
	if s.Saves {
		low, high = high, low
	}
	return estimate, low, high
}

// Above is the figure at that distance above no effect: of a ratio one above 1, of a
// reduction one that saves.
func (s Scale) Above(distance float64) float64 {
	if s.Saves {
		distance = -distance
	}
	return s.From(distance)
}

// Change is a distance on the scale as people read it: a factor, or an amount in the
// metric's unit.
func (s Scale) Change(distance float64) float64 {
	if s.Factor {
		return math.Exp(distance)
	}
	return distance
}

// plainScale is of a figure that is averaged as it is.
func plainScale(of func(of, against float64) float64) Scale {
	return Scale{Of: of, To: same, From: same}
}

func same(x float64) float64 { return x }

// logRatio is one block of a comparison by a factor.
func logRatio(of, against float64) float64 { return math.Log(of / against) }

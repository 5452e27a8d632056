package measure

import (
	"math"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// Reading is the memory of a trial at a time of its load, by the basis of its figures.
type Reading struct {
	At   float64 // seconds since the load began
	Mean float64 // bytes; of several neighbours in a long trial
	High float64 // bytes: the highest of them
}

// Readings are the memory of a trial over its whole load, warm-up included, in order of
// time. Figures of parts of the window are computed from them.
type Readings []Reading

// maxReadings limits what a trial keeps: at 5 readings a second, those of 13 minutes.
// Neighbours of a longer trial are merged.
const maxReadings = 4000

// loadMemory keeps the readings of the whole load.
type loadMemory struct{ phaseMemory }

// report comes after that of the window, which decides the basis.
func (a *loadMemory) report(m *measurement) {
	s := a.charged
	if m.out.Basis == metric.BasisPSS {
		s = a.pss
	}
	m.out.Readings = readingsOf(s, m.trial.Load.Began, maxReadings)
}

// readingsOf merges neighbours so that at most so many readings are left.
func readingsOf(s series, began time.Time, most int) (out Readings) {
	for group := range slices.Chunk(s, max(1, (len(s)+most-1)/most)) {
		var one Reading
		for _, p := range group {
			one.At += p.at.Sub(began).Seconds() / float64(len(group))
			one.Mean += p.v / float64(len(group))
			one.High = max(one.High, p.v)
		}
		out = append(out, one)
	}
	return out
}

// Between returns the readings at or after from and before to, in seconds.
func (r Readings) Between(from, to float64) Readings {
	first := slices.IndexFunc(r, func(one Reading) bool { return one.At >= from })
	if first < 0 {
		return nil
	}
	if n := slices.IndexFunc(r[first:], func(one Reading) bool { return one.At >= to }); n >= 0 {
		return r[first : first+n]
	}
	return r[first:]
}

// Average weighs each reading by its share of the time, as memory.mean does. It is NaN
// without readings.
func (r Readings) Average() float64 {
	if len(r) == 0 {
		return math.NaN()
	}
	var area float64
	for i := 1; i < len(r); i++ {
		area += (r[i].At - r[i-1].At) * (r[i].Mean + r[i-1].Mean) / 2
	}
	if span := r[len(r)-1].At - r[0].At; span > 0 {
		return area / span
	}
	return r[0].Mean
}

// Median is the middle reading, NaN without readings.
func (r Readings) Median() float64 {
	if len(r) == 0 {
		return math.NaN()
	}
	_, bytes := r.values()
	slices.Sort(bytes)
	return stats.Quantile(bytes, 0.5)
}

// Peak is the highest reading, NaN without readings.
func (r Readings) Peak() float64 {
	high := math.NaN()
	for _, one := range r {
		if !(one.High <= high) {
			high = one.High
		}
	}
	return high
}

// Trend returns the Theil-Sen slope in bytes per second, and the variation about it, from
// at most so many readings. ok is false for fewer readings than a slope needs.
func (r Readings) Trend(most int) (slope, variation float64, ok bool) {
	at, bytes := r.thin(most).values()
	e, err := stats.TheilSen(at, bytes, 0.95)
	if err != nil {
		return 0, 0, false
	}
	variation, ok = variationAbout(e.Value, at, bytes)
	return e.Value, variation, ok
}

// variationAbout is the standard deviation of y about a line of that slope over x, as a
// share of the mean of y. ok is false if the mean is 0.
func variationAbout(slope float64, x, y []float64) (share float64, ok bool) {
	off := make([]float64, len(y))
	for i := range y {
		off[i] = y[i] - slope*(x[i]-x[0])
	}
	in, err := stats.MeanInterval(off, 0.95)
	mean := stats.Mean(y)
	return in.SD / mean, err == nil && mean > 0
}

// thin returns at most n readings, evenly spaced.
func (r Readings) thin(n int) (out Readings) {
	step := max(1, (len(r)+n-1)/n)
	for i := 0; i < len(r); i += step {
		out = append(out, r[i])
	}
	return out
}

func (r Readings) values() (at, bytes []float64) {
	for _, one := range r {
		at, bytes = append(at, one.At), append(bytes, one.Mean)
	}
	return at, bytes
}

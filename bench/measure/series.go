package measure

import (
	"time"

	"github.com/memproof/memproof/bench/record"
)

// series holds one figure over a phase, in order of time.
type series []point

type point struct {
	at time.Time
	v  float64
}

func (s *series) add(at time.Time, v float64, ok bool) {
	if ok {
		*s = append(*s, point{at, v})
	}
}

// mean weighs each reading by its share of the time, by the trapezoid rule. Readings
// are further apart while memory is large, because PSS then costs more.
func (s series) mean() float64 {
	var area, span float64
	for i := 1; i < len(s); i++ {
		dt := s[i].at.Sub(s[i-1].at).Seconds()
		area += dt * (s[i].v + s[i-1].v) / 2
		span += dt
	}
	if span == 0 {
		return s[0].v
	}
	return area / span
}

func (s series) peak() (high float64) {
	for _, r := range s {
		high = max(high, r.v)
	}
	return high
}

// longestGap returns the longest part of the span without a reading.
func (s series) longestGap(in record.Span) (gap time.Duration) {
	last := in.From
	for _, r := range s {
		gap = max(gap, r.at.Sub(last))
		last = r.at
	}
	return max(gap, in.To.Sub(last))
}

// thin returns at most n readings, evenly spaced, as times and values.
func (s series) thin(n int) (at []time.Time, v []float64) {
	step := max(1, (len(s)+n-1)/n)
	for i := 0; i < len(s); i += step {
		at = append(at, s[i].at)
		v = append(v, s[i].v)
	}
	return at, v
}

package load

import (
	"time"

	"github.com/memproof/memproof/bench"
)

// schedule says when each hit of an attack is due. Hit k of a phase of rate r
// is due k/r after the phase begins, so the phases' hits fill them exactly.
type schedule []segment

type segment struct {
	first    uint64        // number of the phase's first hit
	end      uint64        // number of the next phase's
	start    time.Duration // when the phase begins
	interval float64       // nanoseconds between hits
}

func newSchedule(phases []bench.Phase) schedule {
	s := make(schedule, 0, len(phases))
	var hits uint64
	var start time.Duration
	for _, p := range phases {
		s = append(s, segment{
			first: hits, end: hits + p.Hits(), start: start,
			interval: float64(time.Second) / float64(p.Rate),
		})
		hits += p.Hits()
		start += p.For
	}
	return s
}

// hits is how many there are.
func (s schedule) hits() uint64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].end
}

// at is when hit k is due, from the attack's beginning.
func (s schedule) at(k uint64) time.Duration {
	for _, seg := range s {
		if k < seg.end {
			return seg.start + time.Duration(float64(k-seg.first)*seg.interval)
		}
	}
	return 0
}

// rate is the number of hits a second that are due at a time.
func (s schedule) rate(t time.Duration) float64 {
	for i := len(s) - 1; i >= 0; i-- {
		if t >= s[i].start {
			return float64(time.Second) / s[i].interval
		}
	}
	return 0
}

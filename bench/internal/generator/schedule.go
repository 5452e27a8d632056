package generator

import (
	"time"

	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// schedule says when each hit of an attack is due, and of which target it is.
// It depends on the attack alone. One goroutine may use it at a time.
type schedule struct {
	segments []segment
	mix      mix
}

// segment is one phase.
type segment struct {
	first    uint64        // number of the phase's first hit
	end      uint64        // number of the next phase's
	start    time.Duration // when the phase begins
	long     time.Duration
	course   load.Shape
	random   *poisson   // nil: hits come as the rate adds up to them
	recorded load.Trace // nil but for a replay
}

func newSchedule(a scenario.Attack) *schedule {
	s := &schedule{mix: newMix(a.Targets, a.Seed)}
	var hits uint64
	var start time.Duration
	for i, p := range a.Phases {
		seg := segment{first: hits, end: hits + p.Hits(), start: start, long: p.For, course: p.Shape(), recorded: p.Recorded}
		if a.Arrivals == load.Poisson && p.Trace == "" {
			seg.random = newPoisson(a.Seed, i, p.Hits(), seg.course.Between(0, p.For))
		}
		s.segments = append(s.segments, seg)
		hits, start = seg.end, start+p.For
	}
	return s
}

// hits is how many there are.
func (s *schedule) hits() uint64 {
	if len(s.segments) == 0 {
		return 0
	}
	return s.segments[len(s.segments)-1].end
}

// long is how long all phases last.
func (s *schedule) long() (d time.Duration) {
	for _, seg := range s.segments {
		d += seg.long
	}
	return d
}

// at is when hit k is due, from the attack's beginning.
func (s *schedule) at(k uint64) time.Duration {
	seg := s.segment(k)
	x := float64(k - seg.first)
	if seg.random != nil {
		x = seg.random.at(k - seg.first)
	}
	// A hit belongs to the phase that it is due in, so rounding must not carry
	// the last into the next.
	return seg.start + min(seg.course.Due(x), seg.long-1)
}

// target is the index of the target of hit k.
func (s *schedule) target(k uint64) int {
	if seg := s.segment(k); seg.recorded != nil {
		if name := seg.recorded[k-seg.first].Target; name != "" {
			return s.mix.named(name)
		}
	}
	return s.mix.draw(k)
}

// segment is the phase of hit k. Scenarios have a handful.
func (s *schedule) segment(k uint64) segment {
	for _, seg := range s.segments {
		if k < seg.end {
			return seg
		}
	}
	panic("load: a hit beyond the schedule")
}

// rate is the number of hits a second that are due at a time.
func (s *schedule) rate(t time.Duration) float64 {
	for i := len(s.segments) - 1; i >= 0; i-- {
		if seg := s.segments[i]; t >= seg.start {
			return float64(seg.course.Rate(t - seg.start))
		}
	}
	return 0
}

package generator

import (
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// schedule says when each hit of an attack is due, and its target. It depends on the
// attack alone. One goroutine at a time may use it.
type schedule struct {
	segments []segment
	mix      mix
	hits     uint64        // of all phases
	duration time.Duration // of all phases
}

// segment is one phase.
type segment struct {
	first, end      uint64        // number of its first hit, and of the next phase's
	start, duration time.Duration // the start from the beginning of the attack
	shape           load.Shape
	random          *poisson   // nil: hits come as the rate adds up to them
	recorded        load.Trace // of a replay
}

func newSchedule(a scenario.Attack) *schedule {
	s := &schedule{mix: newMix(a.Targets, a.Seed)}
	for i, p := range a.Phases {
		seg := segment{
			first: s.hits, end: s.hits + p.Hits(), start: s.duration, duration: p.For, shape: p.Shape(), recorded: p.Recorded,
		}
		if a.Arrivals == load.Poisson && p.Trace == "" {
			seg.random = newPoisson(a.Seed, i, p.Hits(), seg.shape.Between(0, p.For))
		}
		s.segments = append(s.segments, seg)
		s.hits, s.duration = seg.end, s.duration+p.For
	}
	return s
}

// at returns when hit k is due, from the beginning of the attack.
func (s *schedule) at(k uint64) time.Duration {
	seg := s.segment(k)
	x := float64(k - seg.first)
	if seg.random != nil {
		x = seg.random.at(k - seg.first)
	}
	// A hit belongs to the phase that it is due in, so rounding must not carry
	// the last into the next.
	return seg.start + min(seg.shape.Due(x), seg.duration-1)
}

// target returns the index of the target of hit k.
func (s *schedule) target(k uint64) int {
	if seg := s.segment(k); seg.recorded != nil {
		if name := seg.recorded[k-seg.first].Target; name != "" { // the scenario has it, which was checked
			return slices.IndexFunc(s.mix.targets, func(t load.Target) bool { return t.Name == name })
		}
	}
	return s.mix.draw(k)
}

// segment returns the phase of hit k. Scenarios have a handful.
func (s *schedule) segment(k uint64) *segment {
	for i := range s.segments {
		if seg := &s.segments[i]; k < seg.end {
			return seg
		}
	}
	panic("generator: a hit beyond the schedule")
}

// rate returns the hits a second that are due at an offset.
func (s *schedule) rate(t time.Duration) float64 {
	for i := len(s.segments) - 1; i >= 0; i-- {
		if seg := &s.segments[i]; t >= seg.start {
			return float64(seg.shape.Rate(t - seg.start))
		}
	}
	return 0
}

// mix draws targets by their weights, or takes those of a list in turn, as vegeta does.
type mix struct {
	targets []load.Target
	upTo    []int // sum of the weights of each target and those before it
	seed    uint64
}

func newMix(targets []load.Target, seed uint64) mix {
	m := mix{targets: targets, seed: seed}
	sum := 0
	for _, t := range targets {
		sum += max(1, t.Weight)
		m.upTo = append(m.upTo, sum)
	}
	return m
}

// draw returns the target of hit k. It depends on the seed and k alone.
func (m mix) draw(k uint64) int {
	switch {
	case len(m.targets) == 1:
		return 0
	case m.targets[0].File != "":
		return int(k % uint64(len(m.targets)))
	}
	const stream = 0x74617267657473 // independent of the draws of templates
	n := rand.New(rand.NewPCG(m.seed^stream, k)).IntN(m.upTo[len(m.upTo)-1])
	return sort.SearchInts(m.upTo, n+1)
}

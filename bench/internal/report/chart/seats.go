package chart

import (
	"slices"

	"github.com/memproof/memproof/bench/metric"
)

// seats are the places of a trial's processes in a bar: the oldest first where the
// window begins, so the root before all. A process keeps its seat, and one that
// has gone leaves it to the next that comes: a recycled worker's successor stands
// where it stood, and where nobody succeeds, the others stay where they are.
type seats []metric.ProcessID

// take gives each of the processes that are there now its seat.
func (s *seats) take(now []metric.Process) (at []int) {
	there := make([]metric.ProcessID, len(now))
	for i, p := range now {
		there[i] = p.ID()
	}
	for i, p := range *s {
		if !slices.Contains(there, p) {
			(*s)[i] = metric.ProcessID{}
		}
	}
	for _, p := range there {
		at = append(at, s.seat(p))
	}
	return at
}

func (s *seats) seat(p metric.ProcessID) int {
	for _, wanted := range []metric.ProcessID{p, {}} {
		if i := slices.Index(*s, wanted); i >= 0 {
			(*s)[i] = p
			return i
		}
	}
	*s = append(*s, p)
	return len(*s) - 1
}

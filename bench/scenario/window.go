package scenario

import (
	"time"

	"github.com/memproof/memproof/bench/scenario/load"
)

// Names of phases that the engine adds to those of the load.
const (
	PhaseIdle  = "idle"  // ready, not yet loaded
	PhaseLoad  = "load"  // all phases of the scenario's load, on the progress line
	PhaseDrain = "drain" // after the schedule, until the last answers arrive
)

// WindowOffsets returns the window as offsets from the load's start. A hit belongs to
// the window if its intended time is at least from and before to.
func (s *Scenario) WindowOffsets() (from, to time.Duration) {
	to = s.WindowEnd()
	return to - s.Window().For, to
}

// Window returns the phase that figures are taken from.
func (s *Scenario) Window() load.Phase {
	for _, p := range s.Load.Phases {
		if p.Measure {
			return p
		}
	}
	return load.Phase{}
}

// WindowEnd returns the end of the window, from the load's beginning.
func (s *Scenario) WindowEnd() (d time.Duration) {
	for _, p := range s.Load.Phases {
		d += p.For
		if p.Measure {
			break
		}
	}
	return d
}

// LoadLength returns the length of all phases together.
func (s *Scenario) LoadLength() (d time.Duration) {
	for _, p := range s.Load.Phases {
		d += p.For
	}
	return d
}

// ScheduledHits returns how many requests the load has.
func (s *Scenario) ScheduledHits() (n uint64) {
	for _, p := range s.Load.Phases {
		n += p.Hits()
	}
	return n
}

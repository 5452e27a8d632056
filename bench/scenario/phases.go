package scenario

import "time"

// Names of the phases around the load's own.
const (
	PhaseIdle  = "idle"  // ready, not yet loaded
	PhaseLoad  = "load"  // all phases of the scenario's load, on the progress line
	PhaseDrain = "drain" // the schedule is over, the last answers come in
)

// WindowOffsets is the window on the clock that starts with the load: a hit is
// the window's if its intended time is at least from and before to.
func (s *Scenario) WindowOffsets() (from, to time.Duration) {
	to = s.WindowEnd()
	return to - s.Window().For, to
}

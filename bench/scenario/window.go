package scenario

import "time"

// Names of the phases around the load's own.
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

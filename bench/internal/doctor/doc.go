// Package doctor reports whether a machine can measure a scenario: what was found, what
// that means for the figures, and what to do about it. [Checks] are the checks of the
// machine; the engine adds its own.
package doctor

// State is the result of a check.
type State string

// The states. Fail means that a run is impossible or its figures can't be trusted.
const (
	StateOK   State = "ok"
	StateWarn State = "warn"
	StateFail State = "fail"
)

// Check is one line of memproof doctor.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Found  string `json:"found"`            // what the machine has
	Means  string `json:"means,omitempty"`  // for a measurement
	Remedy string `json:"remedy,omitempty"` // none if the state is ok
}

func ok(found, means string) Check           { return Check{State: StateOK, Found: found, Means: means} }
func warn(found, means, remedy string) Check { return Check{"", StateWarn, found, means, remedy} }
func fail(found, means, remedy string) Check { return Check{"", StateFail, found, means, remedy} }

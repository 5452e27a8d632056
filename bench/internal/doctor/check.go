package doctor

// State is how a machine stands in one respect.
type State string

// The states. Fail means that a run can't be done or can't be believed.
const (
	StateOK   State = "ok"
	StateWarn State = "warn"
	StateFail State = "fail"
)

// Check is one line of memproof doctor: what a machine has in one respect, what
// that means for a measurement and, where it is not as it should be, what a
// person can do.
type Check struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Found  string `json:"found"`
	Means  string `json:"means,omitempty"`
	Remedy string `json:"remedy,omitempty"` // none of a check that is ok
}

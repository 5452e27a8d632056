package record

import (
	"fmt"
	"time"

	"github.com/memproof/memproof/bench/scenario"
)

// Exit is how a variant ended.
type Exit struct {
	Code      int  `json:"code"`                 // exit status of the root process, -1 where a signal ended it
	Signal    int  `json:"signal,omitempty"`     // which signal ended it
	Unasked   bool `json:"unasked,omitempty"`    // it had ended before it was asked to
	OOMKilled bool `json:"oom_killed,omitempty"` // the kernel ended it for want of memory
	// DaemonAway says that it ended with the Docker daemon, which stopped or
	// restarted: that is no fault of the service.
	DaemonAway bool   `json:"daemon_away,omitempty"`
	LastLines  string `json:"last_lines,omitempty"` // the end of its log, where it did not exit with status 0
	// Beside tells of a companion that ended before it was asked to.
	Beside string `json:"beside,omitempty"`
}

// Orderly says whether a variant that was asked to stop by a signal did: with
// status 0, or as a program does that leaves the signal to the system, directly
// or as a shell reports it (128 + its number).
func (e Exit) Orderly(signal int) bool {
	return e.Code == 0 || e.Signal == signal || e.Code == 128+signal
}

// Outlasted says whether a variant that was asked to stop by a signal was killed
// instead, when the grace was over.
func (e Exit) Outlasted(asked scenario.StopSignal) bool {
	const kill = scenario.StopSignal("KILL")
	ended := e.Unasked || e.OOMKilled || e.DaemonAway // before the grace was over
	return !ended && asked != kill && (e.Signal == kill.Number() || e.Code == 128+kill.Number())
}

// Died says that the service ended by itself. One that ended with the Docker daemon
// did not.
func (e Exit) Died() bool { return (e.Unasked || e.OOMKilled) && !e.DaemonAway }

// Excused says that what the service needs ended under it: the Docker daemon or a
// sidecar. Requests that fail then say nothing about the service.
func (e Exit) Excused() bool { return e.DaemonAway || e.Beside != "" }

func (e Exit) How() string {
	if e.Signal != 0 {
		return fmt.Sprintf("by signal %d", e.Signal)
	}
	return fmt.Sprintf("with status %d", e.Code)
}

// LoadReport is what the generator says of itself.
type LoadReport struct {
	Began   time.Time `json:"began"`   // offset 0 of all hits
	Offered uint64    `json:"offered"` // hits of the schedule
	Sent    uint64    `json:"sent"`    // hits that were sent
	// MostInFlight is how many requests were under way at once, at the most.
	MostInFlight int     `json:"most_in_flight"`
	CPUSeconds   float64 `json:"cpu_seconds"` // of the generator's process, during the attack
	// Nice is its priority, see setpriority(2). Below 0 it runs before others of
	// its own cgroup alone: before a service in a container, or in another slice of
	// systemd, it need not. What that cost is the send lag.
	Nice int `json:"nice"`
}

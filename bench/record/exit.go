package record

import (
	"fmt"

	"github.com/memproof/memproof/bench/scenario"
)

// Exit describes how a variant ended.
type Exit struct {
	Code      int  `json:"code"`                 // exit status of the root process, -1 if a signal ended it
	Signal    int  `json:"signal,omitempty"`     // the signal that ended it
	Unasked   bool `json:"unasked,omitempty"`    // it ended before it was asked to
	OOMKilled bool `json:"oom_killed,omitempty"` // the kernel killed it for lack of memory
	// DaemonAway reports that it ended because the Docker daemon stopped or restarted,
	// which is no fault of the service.
	DaemonAway bool   `json:"daemon_away,omitempty"`
	LastLines  string `json:"last_lines,omitempty"` // the end of its log, unless it exited with status 0
	// Sidecar describes a sidecar that ended before it was asked to.
	Sidecar string `json:"sidecar,omitempty"`
}

// Orderly reports whether a variant that got the signal ended in order: with status 0, or
// by the signal, directly or as a shell reports it (128 + its number).
func (e Exit) Orderly(signal int) bool {
	return e.Code == 0 || e.Signal == signal || e.Code == 128+signal
}

// Outlasted reports whether a variant was killed because its grace after the signal was
// over.
func (e Exit) Outlasted(asked scenario.StopSignal) bool {
	const kill = scenario.StopSignal("KILL")
	ended := e.Unasked || e.OOMKilled || e.DaemonAway // before the grace was over
	return !ended && asked != kill && (e.Signal == kill.Number() || e.Code == 128+kill.Number())
}

// Died reports whether the service ended by itself. Ending with the Docker daemon does
// not count.
func (e Exit) Died() bool { return (e.Unasked || e.OOMKilled) && !e.DaemonAway }

// Excused reports whether something that the service needs ended first: the Docker
// daemon or a sidecar. Failed requests then say nothing about the service.
func (e Exit) Excused() bool { return e.DaemonAway || e.Sidecar != "" }

// How describes the end: "with status 1".
func (e Exit) How() string {
	if e.Signal != 0 {
		return fmt.Sprintf("by signal %d", e.Signal)
	}
	return fmt.Sprintf("with status %d", e.Code)
}

package backend

import (
	"fmt"
)

// Outcome is how a process ended.
type Outcome struct {
	Code      int // exit status; -1 where a signal ended it
	Signal    int // which, else 0
	OOMKilled bool
	// DaemonAway says that the daemon went away while the program ran, as in an
	// upgrade of Docker, and that the program had ended when it was back.
	DaemonAway bool
}

func (o Outcome) String() string {
	switch {
	case o.DaemonAway:
		return "was ended by the Docker daemon, which stopped or restarted"
	case o.OOMKilled:
		return "was killed by the kernel for want of memory"
	case o.Signal != 0:
		return fmt.Sprintf("was ended by signal %d", o.Signal)
	default:
		return fmt.Sprintf("exited with status %d", o.Code)
	}
}

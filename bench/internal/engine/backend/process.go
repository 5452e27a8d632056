package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/logfile"
)

// Process is a program that was started.
type Process interface {
	// Endpoint returns host:port as this process reaches the program's port.
	Endpoint(port int) string
	// Done is closed when the program has ended.
	Done() <-chan struct{}
	// End returns how it ended; only after Done.
	End() Outcome
	// CPU returns the CPU time, in seconds, that the program and what it started
	// have used so far.
	CPU(ctx context.Context) (seconds float64, err error)
	// Stop sends the program's signal, after grace SIGKILL, waits and removes what is
	// left. Once it has ended, Stop only does the latter.
	Stop(ctx context.Context, grace time.Duration) (Outcome, error)
}

// Outcome is how a process ended.
type Outcome struct {
	Code      int // exit status; -1 where a signal ended it
	Signal    int // which, else 0
	OOMKilled bool
	// DaemonAway reports that the daemon went away while the program ran, as in an
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

// HasEnded reports whether the process has.
func HasEnded(p Process) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}

// WaitAtMost waits until c is closed, or the time is up.
func WaitAtMost(c <-chan struct{}, d time.Duration) {
	select {
	case <-c:
	case <-time.After(d):
	}
}

// PollEvery is the time between two checks of a condition that is waited for.
const PollEvery = 50 * time.Millisecond

// Await polls check until it succeeds, the program ends or the time is up.
// Each of the latter is an error with the last lines of the log.
func Await(ctx context.Context, p Process, within time.Duration, log string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not ready within %v", within))
	defer cancel()
	last := errors.New("none")
	for {
		err := check(ctx)
		if err == nil && !HasEnded(p) {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			last = err // afterwards the error is only the context's
		}
		select {
		case <-p.Done():
			return EndedEarly(p, log)
		case <-ctx.Done():
			return fmt.Errorf("%w; the last answer: %w%s", context.Cause(ctx), last, logfile.QuoteTail(log))
		case <-time.After(PollEvery):
		}
	}
}

// EndedEarly is the error of a program that ended before it was ready. One that exits
// with 0 has probably forked away, or is a shell without input.
func EndedEarly(p Process, log string) error {
	hint := ""
	if p.End() == (Outcome{}) {
		hint = ": it must stay in the foreground, without forking away as a daemon does, and it has no terminal and no input to read"
	}
	return fmt.Errorf("%s before it was ready%s%s", p.End(), hint, logfile.QuoteTail(log))
}

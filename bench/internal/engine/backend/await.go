package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/logfile"
)

// PollEvery is how often a thing is looked at that is waited for.
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
			last = err // afterwards it is only the time that is up
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

// EndedEarly is the error of a program that ended before it was ready.
func EndedEarly(p Process, log string) error {
	return fmt.Errorf("%s before it was ready%s%s", p.End(), endedWell(p.End()), logfile.QuoteTail(log))
}

// endedWell explains an exit with 0 before the program is ready: it has probably
// forked away, or is a shell without input.
func endedWell(end Outcome) string {
	if end == (Outcome{}) {
		return ": it must stay in the foreground, without forking away as a daemon does, and it has no terminal and no input to read"
	}
	return ""
}

// WaitAtMost waits until c is closed, or the time is up.
func WaitAtMost(c <-chan struct{}, d time.Duration) {
	select {
	case <-c:
	case <-time.After(d):
	}
}

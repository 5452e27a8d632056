package load

import (
	"time"

	"golang.org/x/sys/unix"
)

// sharpenTimer lets the kernel wake this thread within a nanosecond of its
// timers, not the default 50 µs; see prctl(2), PR_SET_TIMERSLACK. The schedule
// holds without it, less sharply, so a refusal is no error.
func sharpenTimer() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) }

// nap sleeps on this thread's own timer. An early end, by a signal, is for the
// caller to notice: it looks at the clock.
func nap(d time.Duration) {
	ts := unix.NsecToTimespec(d.Nanoseconds())
	_ = unix.Nanosleep(&ts, nil)
}

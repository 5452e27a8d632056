package ostime

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// Sleep sleeps on the timer of the calling thread. A signal may end it early, so the
// caller checks the clock.
//
// The kernel wakes a thread late by up to its timer slack, by default 50 µs
// (PR_SET_TIMERSLACK in prctl(2)). Sleep sets the slack each time: a goroutine that
// stays locked to one thread would cost the generator a fifth of its CPU time under
// full load, in thread switches. Without the slack the sleep is less precise, so a
// refusal is not an error.
func Sleep(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	ts := unix.NsecToTimespec(d.Nanoseconds())
	_ = unix.Nanosleep(&ts, nil)
}

package generator

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// nap sleeps on this thread's own timer. An early end, by a signal, is for the
// caller to notice: it looks at the clock.
//
// The kernel wakes a thread up to its timer slack late, by default 50 µs; see
// prctl(2), PR_SET_TIMERSLACK. It is set before each sleep, since the goroutine
// is not kept on one thread in between: one that is costs two switches of
// threads each time it waits for a worker, a fifth of the generator's processor
// time when it is driven hard. The schedule holds with the slack, less sharply,
// so a refusal is no error.
func nap(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	ts := unix.NsecToTimespec(d.Nanoseconds())
	_ = unix.Nanosleep(&ts, nil)
}

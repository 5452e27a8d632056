package hostinfo

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// bothClocks reads the wall clock and CLOCK_BOOTTIME at one instant. A thread
// that loses its processor between the two would see a step that never was, so
// the wall clock is read between two readings of the other, and of a few tries
// the tightest counts.
func bothClocks() (wall time.Time, up float64, err error) {
	tightest := int64(1<<63 - 1)
	for range 3 {
		before, err := boottime()
		if err != nil {
			return time.Time{}, 0, err
		}
		w := time.Now()
		after, err := boottime()
		if err != nil {
			return time.Time{}, 0, err
		}
		if after-before < tightest {
			tightest, wall, up = after-before, w, float64(before+(after-before)/2)/1e9
		}
	}
	return wall.Round(0).UTC(), up, nil
}

func boottime() (ns int64, err error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0, fmt.Errorf("read CLOCK_BOOTTIME: %w", err)
	}
	return ts.Nano(), nil
}

// ownCPU is the user and system time of this process, from the scheduler's
// exact count.
func ownCPU() (seconds float64, err error) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9, nil
}

// sharpenTimer lets the kernel wake this thread within a nanosecond of its
// timers, not the default 50 µs; see prctl(2), PR_SET_TIMERSLACK. Without it
// the overshoot is larger by those, so a refusal is no error.
func sharpenTimer() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) }

// nap sleeps on this thread's own timer and says how long it took. A signal may
// end it early.
func nap(d time.Duration) time.Duration {
	began := time.Now()
	ts := unix.NsecToTimespec(d.Nanoseconds())
	_ = unix.Nanosleep(&ts, nil)
	return time.Since(began)
}

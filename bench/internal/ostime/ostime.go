// Package ostime reads the CPU time of this process and sleeps more precisely than
// [time.Sleep].
package ostime

import (
	"time"

	"golang.org/x/sys/unix"
)

// TicksPerSecond is USER_HZ, the unit of times in procfs: 100 on every architecture
// that Go supports.
const TicksPerSecond = 100

// ProcessCPU returns the user and system time of this process, as the scheduler
// counted it. getrusage(2) has no error for the calling process.
func ProcessCPU() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

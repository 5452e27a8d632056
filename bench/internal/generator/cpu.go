package generator

import (
	"time"

	"golang.org/x/sys/unix"
)

// processCPU is the user and system time of this process. getrusage of the
// own process cannot fail.
func processCPU() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

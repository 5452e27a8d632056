package gateway

import (
	"fmt"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// ticksPerSecond is USER_HZ, the unit of times in /proc/PID/stat (proc_pid_stat(5)). It is 100 wherever Go runs on Linux.
const ticksPerSecond = 100

// sinceStart is how long ago this process was started, to a hundredth of a second. It counts from the fork, so that what the
// runtime and the libraries do before main is in it.
func sinceStart() (time.Duration, error) {
	self, err := procfs.Self()
	if err != nil {
		return 0, fmt.Errorf("read when the process started: %w", err)
	}
	stat, err := self.Stat()
	if err != nil {
		return 0, fmt.Errorf("read when the process started: %w", err)
	}
	var now unix.Timespec // since the kernel's start, as Starttime
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0, fmt.Errorf("read the clock: %w", err)
	}
	return time.Duration(now.Nano()) - time.Duration(stat.Starttime)*(time.Second/ticksPerSecond), nil
}

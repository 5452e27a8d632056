package hostinfo

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestProgramsOfThisMachine: this process is busy, and is not among the others.
func TestProgramsOfThisMachine(t *testing.T) {
	p, err := ReadPrograms("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for began := cpuTime(t); cpuTime(t)-began < 50e6; { // 5 ticks
	}
	if _, err := p.Since(func(pid int) bool {
		if pid == os.Getpid() {
			t.Error("this process is among the others")
		}
		return false
	}); err != nil {
		t.Fatal(err)
	}
}

// cpuTime returns the CPU time of this process, in nanoseconds.
func cpuTime(t *testing.T) int64 {
	t.Helper()
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		t.Fatal(err)
	}
	return ts.Nano()
}

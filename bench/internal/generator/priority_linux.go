package generator

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// urgent is the nice value of a generator that is allowed it, see setpriority(2).
const urgent = -15

// hurry lets this process's threads run before others for the length of an
// attack. The users that it stands for are not on the service's machine: a
// request that is sent late because the service has taken all processors is the
// generator's fault and none of theirs. It weighs within one cgroup: a service in
// a container or another slice of systemd shares the processors by the weights of
// the two groups, whatever the priority; the send lag shows what that cost. It needs CAP_SYS_NICE; without it the
// priority stays as it is, which nice tells, and the send lag shows what that
// cost. Threads that start later inherit the priority of their starter.
func hurry() (nice int, restore func()) {
	usual := ownNice()
	if !setNice(urgent) {
		return usual, func() {}
	}
	return urgent, func() { setNice(usual) }
}

// ownNice is this thread's. The system call itself returns 20 - nice.
func ownNice() int {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return 0 // it knows no error for the own thread
	}
	return 20 - raw
}

// setNice sets the value for every thread: to Linux it is each one's own. It
// reports whether all took it; one that has ended meanwhile needs none.
func setNice(nice int) bool {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return false
	}
	for _, t := range tasks {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		if err := unix.Setpriority(unix.PRIO_PROCESS, tid, nice); err != nil && err != unix.ESRCH {
			return false
		}
	}
	return true
}

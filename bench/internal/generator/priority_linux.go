package generator

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// highPriority is the nice value during an attack, see setpriority(2).
const highPriority = -15

// raisePriority lets this process's threads, and those that they start, run before others
// during an attack. The users that it simulates do not share the service's machine, so a
// request must not be late because the service took all processors.
//
// Without CAP_SYS_NICE nice is the unchanged value. Between two cgroups, as with a service
// in a container, their weights count and not the priority. The send lag shows the effect.
func raisePriority() (nice int, restore func()) {
	before := ownNice()
	if !setNice(highPriority) {
		return before, func() {}
	}
	return highPriority, func() { setNice(before) }
}

// ownNice returns this thread's value. The system call returns 20 - nice, and has no
// error for the calling thread.
func ownNice() int {
	raw, _ := unix.Getpriority(unix.PRIO_PROCESS, 0)
	return 20 - raw
}

// setNice sets the value of every thread: on Linux each has its own. It is false if one
// refuses; a thread that has ended is none.
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

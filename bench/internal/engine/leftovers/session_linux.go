package leftovers

import (
	"os"

	"github.com/prometheus/procfs"
)

// machineID is empty where the machine has none; the host name stands in.
func machineID() string {
	text, _ := os.ReadFile("/etc/machine-id")
	return string(text)
}

func bootID() string {
	text, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return string(text)
}

func pidNamespace() string {
	link, _ := os.Readlink("/proc/self/ns/pid")
	return link
}

// startTime is when the process started, in ticks after the system. alive is false
// for a process that is gone or a zombie.
func startTime(pid int) (ticks uint64, alive bool) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return 0, false
	}
	s, err := p.Stat()
	return s.Starttime, err == nil && s.State != "Z"
}

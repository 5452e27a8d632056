package engine

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
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

// startTime reads field 22 of /proc/PID/stat, proc_pid_stat(5). alive is false
// for a process that is gone or a zombie.
func startTime(pid int) (ticks uint64, alive bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The name in parentheses may itself hold spaces and parentheses.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // from field 3, the state
	if len(fields) < 20 || fields[0][0] == 'Z' {
		return 0, false
	}
	ticks, err = strconv.ParseUint(string(fields[19]), 10, 64)
	return ticks, err == nil
}

package sampler

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"
)

// forkDetector detects whether a process or thread has started, by the pid that the
// kernel gave out last.
type forkDetector struct {
	reliable bool // see reliableLoadavg
	last     uint64
}

// forked reports whether a process may have started since the last call. Call it before
// processes are listed: one that starts during the listing then counts the next time.
func (d *forkDetector) forked(proc *dir) (bool, error) {
	if !d.reliable {
		return true, nil
	}
	text, err := proc.readOften("loadavg")
	if err != nil {
		return true, err
	}
	last, err := parseLastPID(text)
	if err != nil {
		return true, proc.wrap("loadavg", err)
	}
	forked := last != d.last
	d.last = last
	return forked, nil
}

// parseLastPID returns the pid that was given out last, to a process or a thread, in
// the pid namespace of the reader: the fifth field of /proc/loadavg (proc_loadavg(5)).
// Pids go up to the limit and then begin again, so any new one changes it.
func parseLastPID(text []byte) (uint64, error) {
	fields := bytes.Fields(text)
	if len(fields) < 5 {
		return 0, fmt.Errorf("%.40q has %d fields, want at least 5", text, len(fields))
	}
	return parseNumber(fields[4])
}

// reliableLoadavg reports whether the file is the kernel's own. If a program provides
// it, such as lxcfs in a system container, the last pid may be seconds old.
func reliableLoadavg(path string) bool {
	const procSuperMagic = 0x9fa0 // statfs(2)
	var s unix.Statfs_t
	return unix.Statfs(path, &s) == nil && s.Type == procSuperMagic
}

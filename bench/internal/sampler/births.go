package sampler

import (
	"bytes"
	"fmt"
)

// births tells whether a process was born.
type births struct {
	told bool // whether loadavg can be trusted, see [tellsBirths]
	last uint64
}

// since says whether one may have been born since the last call. Whoever lists
// processes calls it before: what is born while they are listed then counts the
// next time.
func (b *births) since(proc *dir) (born bool, err error) {
	if !b.told {
		return true, nil
	}
	text, err := proc.readAgain("loadavg")
	if err != nil {
		return true, err
	}
	last, err := parseLastPID(text)
	if err != nil {
		return true, proc.wrap("loadavg", err)
	}
	born, b.last = last != b.last, last
	return born, nil
}

// parseLastPID gives the pid that was given out last, to a process or a thread,
// in the pid namespace of the reader: the fifth field of /proc/loadavg
// (proc_loadavg(5)). Pids go up to the limit and then begin anew, so that any
// that is given out changes it.
func parseLastPID(text []byte) (uint64, error) {
	fields := bytes.Fields(text)
	if len(fields) < 5 {
		return 0, fmt.Errorf("%.40q has %d fields, want at least 5", text, len(fields))
	}
	return parseNumber(fields[4])
}

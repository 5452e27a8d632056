package hostinfo

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// ticksPerSecond is USER_HZ, in which procfs gives times. It is 100 on every
// architecture that Go runs on.
const ticksPerSecond = 100

// cpuTimes is the first line of /proc/stat, all processors together, in ticks.
type cpuTimes struct {
	busy, steal uint64
	interrupts  uint64 // part of busy
}

// parseStat reads /proc/stat (proc_stat(5)). [procfs.FS.Stat] would read a missing
// field as 0, and the counts of all interrupts with each sample. Busy is user, nice, system, irq
// and softirq; the time of guests is within user and nice. Steal is there since
// Linux 2.6.11, so a line without it is no such line.
func parseStat(text []byte) (cpuTimes, error) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	rest, ok := bytes.CutPrefix(line, []byte("cpu "))
	if !ok {
		return cpuTimes{}, fmt.Errorf("%.40q does not begin with cpu", line)
	}
	var field [8]uint64 // user nice system idle iowait irq softirq steal
	n := 0
	for f := range bytes.FieldsSeq(rest) {
		if n == len(field) {
			break
		}
		v, err := strconv.ParseUint(string(f), 10, 63)
		if err != nil {
			return cpuTimes{}, fmt.Errorf("field %d of %.80q is no number", n+1, line)
		}
		field[n] = v
		n++
	}
	if n < len(field) {
		return cpuTimes{}, fmt.Errorf("%.80q has %d fields, want at least %d", line, n, len(field))
	}
	var t cpuTimes
	for _, i := range []int{0, 1, 2, 5, 6} {
		if t.busy += field[i]; t.busy > math.MaxInt64 {
			return cpuTimes{}, fmt.Errorf("%.80q adds up to more than 63 bits", line)
		}
	}
	t.interrupts = field[5] + field[6]
	t.steal = field[7]
	return t, nil
}

// parseChoice reads a setting of sysfs whose choices are listed with the one in
// force in brackets: "always [madvise] never".
func parseChoice(text []byte) (string, error) {
	_, rest, ok := bytes.Cut(text, []byte("["))
	choice, _, closed := bytes.Cut(rest, []byte("]"))
	if !ok || !closed || len(choice) == 0 {
		return "", fmt.Errorf("%.80q has no choice in brackets", text)
	}
	return string(choice), nil
}

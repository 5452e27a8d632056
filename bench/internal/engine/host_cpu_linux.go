package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// ticksPerSecond is USER_HZ, in which procfs gives times.
const ticksPerSecond = 100

// cpu adds up the process and its descendants. What ended and was waited for is
// in the account of its parent; a process that ends during the reading may be
// missed or counted twice, with what little it used.
func (c *child) cpu(context.Context) (seconds float64, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	all := map[int]usage{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		u, err := parseUsage(text)
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", file, err)
		}
		all[u.pid] = u
	}
	root := c.cmd.Process.Pid
	if _, ok := all[root]; !ok {
		return 0, fmt.Errorf("process %d has ended", root)
	}
	return float64(treeTicks(all, root)) / ticksPerSecond, nil
}

// treeTicks adds up a process and its descendants.
func treeTicks(all map[int]usage, root int) (ticks uint64) {
	for pid, u := range all {
		// Of so many processes none is deeper; pids that changed hands during
		// the reading could form a circle.
		for range all {
			if pid == root {
				ticks += u.ticks
				break
			}
			pid = all[pid].ppid
		}
	}
	return ticks
}

// usage is what /proc/PID/stat says of a process' CPU time: its own and that of
// the children that it waited for, user and system.
type usage struct {
	pid, ppid int
	ticks     uint64
}

// parseUsage reads fields 1, 4 and 14 to 17 of /proc/PID/stat,
// proc_pid_stat(5). The name in parentheses may itself hold spaces and
// parentheses.
func parseUsage(text []byte) (usage, error) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return usage{}, fmt.Errorf("%.40q has no name in parentheses", text)
	}
	fields := bytes.Fields(text[end+1:]) // from field 3, the state
	if len(fields) < 15 {
		return usage{}, fmt.Errorf("%.80q has %d fields after the name, want at least 15", text, len(fields))
	}
	var u usage
	var err error
	if u.pid, err = strconv.Atoi(string(bytes.TrimSpace(text[:open]))); err != nil {
		return usage{}, fmt.Errorf("field 1: %w", err)
	}
	if u.ppid, err = strconv.Atoi(string(fields[1])); err != nil {
		return usage{}, fmt.Errorf("field 4: %w", err)
	}
	for i, f := range fields[11:15] {
		ticks, err := strconv.ParseUint(string(f), 10, 61) // so that the sum of four fits
		if err != nil {
			return usage{}, fmt.Errorf("field %d: %w", 14+i, err)
		}
		u.ticks += ticks
	}
	return u, nil
}

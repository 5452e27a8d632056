package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/prometheus/procfs"
)

// CPU adds up the process and its descendants. A process that has ended counts with the
// parent that waited for it. One that ends during the reading may be missed or counted
// twice.
func (c *child) CPU(context.Context) (seconds float64, err error) {
	processes, err := procfs.AllProcs()
	if err != nil {
		return 0, err
	}
	all := map[int]procfs.ProcStat{}
	for _, p := range processes {
		s, err := p.Stat()
		if unread := new(fs.PathError); errors.As(err, &unread) {
			continue // it has ended
		}
		if err != nil {
			return 0, fmt.Errorf("read /proc/%d/stat: %w", p.PID, err)
		}
		all[p.PID] = s
	}
	root := c.cmd.Process.Pid
	if _, ok := all[root]; !ok {
		return 0, fmt.Errorf("process %d has ended", root)
	}
	return float64(treeTicks(all, root)) / ostime.TicksPerSecond, nil
}

// treeTicks adds up the user and system time of a process, its descendants and the
// children that they waited for.
func treeTicks(all map[int]procfs.ProcStat, root int) (ticks uint) {
	for pid, s := range all {
		// No process is deeper than their number. Pids that were reused during the
		// reading could form a circle.
		for range all {
			if pid == root {
				ticks += s.UTime + s.STime + uint(s.CUTime+s.CSTime)
				break
			}
			pid = all[pid].PPID
		}
	}
	return ticks
}

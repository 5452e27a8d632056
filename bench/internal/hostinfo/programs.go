package hostinfo

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/metric"
	"github.com/prometheus/procfs"
)

// Programs are the processes of a machine, each with the CPU time that it had used at
// one instant. Only the name of a process is stored: its arguments may hold secrets.
type Programs struct {
	proc string
	at   time.Time
	// processors are those of the machine: the most CPU seconds in a second.
	processors int
	seen       map[processID]usage
}

// processID identifies a process: the kernel reuses pids.
type processID struct {
	pid   int
	start uint64 // clock ticks after boot
}

// usage is the CPU time of a process, in clock ticks, without its children: when the
// process waits for one, it gets the time of the child's whole life in one step.
type usage struct {
	name string
	own  uint64
}

// ReadPrograms reads all processes of the procfs that is mounted at proc, such as
// "/proc". It costs some 20 µs of CPU a process.
func ReadPrograms(proc string) (*Programs, error) {
	files, err := procfs.NewFS(proc)
	all, allErr := files.AllProcs()
	if err := cmp.Or(err, allErr); err != nil {
		return nil, err
	}
	p := &Programs{proc: proc, at: time.Now(), processors: countProcessors(files), seen: make(map[processID]usage, len(all))}
	for _, one := range all {
		s, err := one.Stat()
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended
		}
		if err != nil {
			return nil, fmt.Errorf("read %s/%d/stat: %w", proc, one.PID, err)
		}
		p.seen[processID{one.PID, s.Starttime}] = usage{printable.Line(s.Comm), uint64(s.UTime) + uint64(s.STime)}
	}
	return p, nil
}

// countProcessors counts all of the machine: this process may be confined to fewer.
func countProcessors(files procfs.FS) int {
	if s, err := files.Stat(); err == nil && len(s.CPU) > 0 {
		return len(s.CPU)
	}
	return runtime.NumCPU()
}

// Since returns what the programs have used since p, the busiest first, without this
// process and those for which skip is true; skip may be nil.
func (p *Programs) Since(skip func(pid int) bool) ([]metric.ProgramCPU, error) {
	now, err := ReadPrograms(p.proc)
	if err != nil {
		return nil, err
	}
	own := os.Getpid()
	skipped := func(pid int) bool { return pid == own || skip != nil && skip(pid) }
	return used(p.seen, now.seen, now.at.Sub(p.at), now.processors, skipped), nil
}

// Since returns at most mostPrograms programs, each of which used at least leastCores
// of a core.
const (
	leastCores   = 0.005
	mostPrograms = 8
)

// used adds up by name what each process used between two readings. A process that
// began and ended between them is in neither. No process, and no sum, exceeds the
// processors: the kernel counts in ticks, and the readings take time themselves.
func used(before, after map[processID]usage, took time.Duration, processors int, skip func(pid int) bool) []metric.ProgramCPU {
	if took <= 0 {
		return nil
	}
	var newest uint64
	for id := range before {
		newest = max(newest, id.start)
	}
	sums := map[string]metric.ProgramCPU{}
	total := 0.0
	for id, now := range after {
		was, known := before[id]
		if !known && id.start < newest {
			continue // it lived before, unread: how much of its time is new is not known
		}
		if now.own <= was.own || skip(id.pid) {
			continue
		}
		cores := min(float64(now.own-was.own)/ostime.TicksPerSecond/took.Seconds(), float64(processors))
		sum := sums[now.name]
		sums[now.name] = metric.ProgramCPU{Name: now.name, PIDs: sum.PIDs + 1, Cores: sum.Cores + cores}
		total += cores
	}
	return busiest(slices.Collect(maps.Values(sums)), min(1, float64(processors)/total))
}

// busiest scales the programs and returns those to report.
func busiest(all []metric.ProgramCPU, scale float64) []metric.ProgramCPU {
	for i := range all {
		all[i].Cores *= scale
	}
	all = slices.DeleteFunc(all, func(p metric.ProgramCPU) bool { return p.Cores < leastCores })
	slices.SortFunc(all, func(a, b metric.ProgramCPU) int {
		return cmp.Or(cmp.Compare(b.Cores, a.Cores), cmp.Compare(a.Name, b.Name))
	})
	return all[:min(len(all), mostPrograms)]
}

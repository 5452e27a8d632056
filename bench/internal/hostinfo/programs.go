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
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/memproof/memproof/bench/metric"
	"github.com/prometheus/procfs"
)

// Programs are the processes of a machine with the CPU time that each had used
// at one instant. Of a process only its name is kept: its arguments may hold
// secrets.
type Programs struct {
	proc string
	at   time.Time
	// processors are those of the machine: the most CPU seconds in a second.
	processors int
	seen       map[processID]usage
}

// processID tells one process from another: the kernel gives a number again.
type processID struct {
	pid   int
	start uint64 // clock ticks after boot
}

// usage is the CPU time of a process, in clock ticks. The time of children that
// it has waited for is left out: their whole lives come to it in one step.
type usage struct {
	name string
	own  uint64
}

// SeePrograms reads all processes of the procfs that is mounted there, "/proc".
// It costs some 20 µs of CPU a process.
func SeePrograms(proc string) (*Programs, error) {
	files, err := procfs.NewFS(proc)
	if err != nil {
		return nil, err
	}
	all, err := files.AllProcs()
	if err != nil {
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
		p.seen[processID{one.PID, s.Starttime}] = usage{printable(s.Comm), uint64(s.UTime) + uint64(s.STime)}
	}
	return p, nil
}

// countProcessors counts those of /proc/stat: a process may be confined to fewer.
func countProcessors(files procfs.FS) int {
	if s, err := files.Stat(); err == nil && len(s.CPU) > 0 {
		return len(s.CPU)
	}
	return runtime.NumCPU()
}

// printable is a name without what a terminal would obey: any process may give
// itself any name.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

// Since is what the programs have used since then, the busiest first, without
// this process and those that skip names.
func (p *Programs) Since(skip func(pid int) bool) ([]metric.ProgramCPU, error) {
	now, err := SeePrograms(p.proc)
	if err != nil {
		return nil, err
	}
	own := os.Getpid()
	return used(p.seen, now.seen, now.at.Sub(p.at), now.processors, func(pid int) bool { return pid == own || skip != nil && skip(pid) }), nil
}

// Of the programs those are kept that used at least so much of a core, and of
// them so many.
const (
	leastCores   = 0.005
	mostPrograms = 8
)

// used adds up by name what each process used between two readings. What lived
// and died in between is in neither and can't be seen. No process, and no sum, is
// more than the processors: the kernel counts in ticks, and the readings take
// time themselves.
func used(before, after map[processID]usage, took time.Duration, processors int, skip func(pid int) bool) []metric.ProgramCPU {
	if took <= 0 {
		return nil
	}
	newest := newestOf(before)
	sums := map[string]*metric.ProgramCPU{}
	total := 0.0
	for id, now := range after {
		was, known := before[id]
		if !known && id.start < newest {
			continue // it lived before, unseen: nobody knows how much of its time is of now
		}
		ticks := growth(was.own, now.own)
		if ticks == 0 || skip(id.pid) {
			continue
		}
		if sums[now.name] == nil {
			sums[now.name] = &metric.ProgramCPU{Name: now.name}
		}
		cores := min(float64(ticks)/ticksPerSecond/took.Seconds(), float64(processors))
		sums[now.name].PIDs++
		sums[now.name].Cores += cores
		total += cores
	}
	return busiest(sums, min(1, float64(processors)/total))
}

// newestOf is when the youngest process began.
func newestOf(seen map[processID]usage) (start uint64) {
	for id := range seen {
		start = max(start, id.start)
	}
	return start
}

// busiest are the sums that are worth a name, each times scale.
func busiest(sums map[string]*metric.ProgramCPU, scale float64) (all []metric.ProgramCPU) {
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		one := *sums[name]
		if one.Cores *= scale; one.Cores >= leastCores {
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b metric.ProgramCPU) int { return cmp.Compare(b.Cores, a.Cores) })
	return all[:min(len(all), mostPrograms)]
}

func growth(from, to uint64) uint64 { return to - min(from, to) }

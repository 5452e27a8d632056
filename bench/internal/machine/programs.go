package machine

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/prometheus/procfs"

	"github.com/memproof/memproof/bench"
)

// Programs are the processes of a machine with the CPU time that each had used
// at one instant. Of a process only its name is kept: its arguments may hold
// secrets.
type Programs struct {
	proc string
	at   time.Time
	seen map[processID]usage
}

// processID tells one process from another: the kernel gives a number again.
type processID struct {
	pid   int
	start uint64 // clock ticks after boot
}

// usage is the CPU time of a process and of those of its children that it has
// waited for, in clock ticks.
type usage struct {
	name        string
	parent      int
	own, waited uint64
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
	p := &Programs{proc: proc, at: time.Now(), seen: make(map[processID]usage, len(all))}
	for _, one := range all {
		s, err := one.Stat()
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended
		}
		if err != nil {
			return nil, fmt.Errorf("read %s/%d/stat: %w", proc, one.PID, err)
		}
		p.seen[processID{one.PID, s.Starttime}] = usage{
			name: printable(s.Comm), parent: s.PPID,
			own: uint64(s.UTime) + uint64(s.STime), waited: uint64(max(0, s.CUTime)) + uint64(max(0, s.CSTime)),
		}
	}
	return p, nil
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
func (p *Programs) Since(skip func(pid int) bool) ([]bench.ProgramCPU, error) {
	now, err := SeePrograms(p.proc)
	if err != nil {
		return nil, err
	}
	own := os.Getpid()
	return used(p.seen, now.seen, now.at.Sub(p.at), func(pid int) bool { return pid == own || skip != nil && skip(pid) }), nil
}

// Of the programs those are kept that used at least so much of a core, and of
// them so many.
const (
	leastCores   = 0.005
	mostPrograms = 8
)

// used adds up by name what each process used between two readings. A process
// that ended in between is in the account of the parent that waited for it, less
// what it had used before.
func used(before, after map[processID]usage, took time.Duration, skip func(pid int) bool) []bench.ProgramCPU {
	if took <= 0 {
		return nil
	}
	earlier := endedBefore(before, after)
	sums := map[string]*bench.ProgramCPU{}
	for id, now := range after {
		was := before[id] // nothing, of a process that began in between
		ticks := growth(was.own, now.own) + growth(was.waited+earlier[id.pid], now.waited)
		if ticks == 0 || skip(id.pid) {
			continue
		}
		if sums[now.name] == nil {
			sums[now.name] = &bench.ProgramCPU{Name: now.name}
		}
		sums[now.name].PIDs++
		sums[now.name].Cores += float64(ticks) / ticksPerSecond / took.Seconds()
	}
	var all []bench.ProgramCPU
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		if sums[name].Cores >= leastCores {
			all = append(all, *sums[name])
		}
	}
	slices.SortStableFunc(all, func(a, b bench.ProgramCPU) int { return cmp.Compare(b.Cores, a.Cores) })
	return all[:min(len(all), mostPrograms)]
}

// endedBefore is what processes that ended in between had used before, by
// parent: it comes to the parent's account in one step.
func endedBefore(before, after map[processID]usage) map[int]uint64 {
	sums := map[int]uint64{}
	for id, was := range before {
		if _, ok := after[id]; !ok {
			sums[was.parent] += was.own + was.waited
		}
	}
	return sums
}

func growth(from, to uint64) uint64 { return to - min(from, to) }

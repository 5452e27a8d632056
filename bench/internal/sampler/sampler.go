package sampler

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// ErrGone says that the root process has ended, so that there is nothing left
// to measure.
var ErrGone = errors.New("the root process has ended")

// Options say what to sample, and how often.
type Options struct {
	Root   int     // pid; its descendants belong to it
	Keeper int     // pid of a process to which descendants come whose parent has ended; 0: none does
	Proc   string  // where procfs is mounted, "/proc"
	Cgroup string  // the directory that the variant sees as /sys/fs/cgroup; empty where it has no cgroup of its own
	Rate   float64 // samples a second, above 0 and at most 100

	births bool // see [tellsBirths]
}

// Sampler reads a variant's memory and CPU at a steady rate. It may be used by
// one goroutine at a time.
type Sampler struct {
	tree   tree
	cgroup *cgroup // nil without one
	every  time.Duration
	budget budget
	huge   *uint64              // bytes of hugetlbfs by the processes, when they were last asked
	cpu    func() time.Duration // that this process has used
}

// errNoRollup says why PSS is absent. A container's memory is known without it.
var errNoRollup = errors.New("this kernel has no smaps_rollup: PSS needs Linux 4.14 or later with CONFIG_PROC_PAGE_MONITOR")

// Open makes sure that the root process is there and that its memory can be
// read.
func Open(o Options) (*Sampler, error) {
	if !(o.Rate > 0 && o.Rate <= 100) {
		return nil, fmt.Errorf("%g samples a second: want above 0 and at most 100", o.Rate)
	}
	var c *cgroup
	if o.Cgroup != "" {
		var err error
		if c, err = openCgroup(openDir(o.Cgroup)); err != nil {
			return nil, err
		}
		c.peak = openPeak(filepath.Join(o.Cgroup, "memory.peak"))
	}
	o.births = tellsBirths(o.Proc)
	return newSampler(openDir(o.Proc), c, o)
}

func newSampler(proc *dir, c *cgroup, o Options) (*Sampler, error) {
	t := tree{proc: proc, keeper: o.Keeper, strangers: make(map[int]struct{}), births: births{told: o.births}}
	var err error
	if t.root, err = t.stat(o.Root); err != nil {
		return nil, err
	}
	if t.rollup, err = proc.exists(strconv.Itoa(o.Root) + "/smaps_rollup"); err != nil {
		return nil, err
	}
	if !t.rollup && c == nil {
		return nil, fmt.Errorf("%s/%d: %w", proc.path, o.Root, errNoRollup)
	}
	afford := budget{share: rollupShare, gap: rollupGap}
	if c == nil {
		afford = budget{share: rollupShareAlone, gap: rollupGapAlone}
	}
	every := time.Duration(float64(time.Second) / o.Rate)
	return &Sampler{tree: t, cgroup: c, every: every, budget: afford, cpu: ownCPU}, nil
}

// Run hands a sample to emit at once and then at every tick, until ctx ends,
// which is no error. Of the ticks that come while a sample is still being read
// or emitted, one is made up for at once and the others are left out. The error
// is [ErrGone] when the root process has ended, or what emit returned. A sample
// is not used again: emit may keep it.
func (s *Sampler) Run(ctx context.Context, emit func(metric.Sample) error) error {
	tick := time.NewTicker(s.every) // on the monotonic clock
	defer tick.Stop()
	for {
		sample, err := s.sample()
		if err != nil {
			return err
		}
		if err := emit(sample); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sample reads everything once. What could not be read is absent and said in
// Missing; the only error is ErrGone.
func (s *Sampler) sample() (metric.Sample, error) {
	var out metric.Sample
	began := time.Now()
	if s.cgroup != nil {
		s.addCgroup(&out)
	}
	if err := s.addProcesses(&out); err != nil {
		return metric.Sample{}, err
	}
	out.At = began.Add(time.Since(began) / 2).Round(0).UTC()
	return out, nil
}

func (s *Sampler) addCgroup(out *metric.Sample) {
	c, err := s.cgroup.account()
	if err != nil {
		out.Missing = append(out.Missing, fmt.Sprintf("cgroup: %v", err))
		return
	}
	if !s.cgroup.told {
		c.Limits, s.cgroup.told = s.cgroup.limits(), true
	}
	out.Cgroup = &c
	if out.Hugetlb, err = s.cgroup.hugetlb(); err != nil {
		out.Missing = append(out.Missing, fmt.Sprintf("hugetlb: %v", err))
	}
}

func (s *Sampler) addProcesses(out *metric.Sample) error {
	details := s.budget.due(time.Now())
	used := s.cpu()
	list, notes, err := s.tree.processes(details)
	if details && err == nil {
		notes = append(notes, s.askHugetlb(list)...)
	}
	if details {
		s.budget.spent(time.Now(), s.cpu()-used)
	}
	if errors.Is(err, ErrGone) {
		return err
	}
	if err != nil {
		notes = append(notes, fmt.Sprintf("processes: %v", err))
	}
	out.Processes = list
	out.Missing = append(out.Missing, notes...)
	if !s.counts() {
		out.Hugetlb = s.huge
	}
	return nil
}

// counts says that the container's cgroup counts huge pages of hugetlbfs.
func (s *Sampler) counts() bool { return s.cgroup != nil && len(s.cgroup.huge) > 0 }

// askHugetlb takes the huge pages of hugetlbfs from the processes, where no
// cgroup counts them.
func (s *Sampler) askHugetlb(list []metric.Process) (notes []string) {
	if s.counts() {
		return nil
	}
	bytes, err := s.tree.hugetlb(list)
	if err != nil {
		return []string{fmt.Sprintf("hugetlb: %v", err)}
	}
	s.huge = bytes
	return nil
}

// ownCPU is the user and system time of this process, from the scheduler's
// exact count. Elapsed time would not do: on a machine that the load keeps
// busy most of it is spent waiting.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(fmt.Sprintf("meter: getrusage: %v", err)) // it knows no error for these arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

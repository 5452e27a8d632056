package sampler

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/metric"
)

// ErrGone is the error when the root process has ended: nothing is left to measure.
var ErrGone = errors.New("the root process has ended")

// Options say what to sample, and how often.
type Options struct {
	Root   int     // pid; its descendants are measured with it
	Keeper int     // pid of a process that adopts descendants whose parent has ended; 0: none
	Proc   string  // where procfs is mounted, "/proc"
	Cgroup string  // the directory that the variant sees as /sys/fs/cgroup; empty without a cgroup of its own
	Rate   float64 // samples a second, above 0 and at most 100
}

// Sampler reads a variant's memory and CPU at a steady rate. One goroutine at a time may
// use it.
type Sampler struct {
	tree   tree
	cgroup *cgroup // nil without one
	every  time.Duration
	budget budget
	huge   *uint64              // bytes of hugetlbfs that the processes had at the last reading
	cpu    func() time.Duration // that this process has used
}

// errNoRollup is why PSS is absent. A container's memory is known without it.
var errNoRollup = errors.New("this kernel has no smaps_rollup: PSS needs Linux " + metric.KernelWithRollup + " or later with CONFIG_PROC_PAGE_MONITOR")

// Open checks that the root process exists and that its memory can be read.
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
	s, err := newSampler(openDir(o.Proc), c, o)
	if err != nil {
		return nil, err
	}
	s.tree.forks.reliable = reliableLoadavg(filepath.Join(o.Proc, "loadavg"))
	return s, nil
}

func newSampler(proc *dir, c *cgroup, o Options) (*Sampler, error) {
	t := tree{proc: proc, keeper: o.Keeper, unrelated: make(map[int]struct{})}
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
	return &Sampler{tree: t, cgroup: c, every: every, budget: afford, cpu: ostime.ProcessCPU}, nil
}

// Run passes a sample to emit at once and then at every tick, until ctx ends, which is
// no error. Of the ticks during the reading or emitting of a sample, one is made up for
// at once and the others are left out. The error is [ErrGone] when the root process has
// ended, or the error of emit. Run does not reuse a sample.
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

// sample reads everything once. What can't be read is absent and named in Missing; the
// only error is ErrGone.
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
	if !s.cgroup.reported {
		c.Limits, s.cgroup.reported = s.cgroup.limits(), true
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
	counted := s.cgroup != nil && len(s.cgroup.huge) > 0 // huge pages of hugetlbfs, by the cgroup
	if details && err == nil && !counted {
		bytes, err := s.tree.hugetlb(list)
		if err == nil {
			s.huge = bytes
		} else {
			notes = append(notes, fmt.Sprintf("hugetlb: %v", err))
		}
	}
	if details {
		s.budget.charge(time.Now(), s.cpu()-used)
	}
	if errors.Is(err, ErrGone) {
		return err
	}
	if err != nil {
		notes = append(notes, fmt.Sprintf("processes: %v", err))
	}
	out.Processes = list
	out.Missing = append(out.Missing, notes...)
	if !counted {
		out.Hugetlb = s.huge
	}
	return nil
}

// The reading of smaps_rollup may take a share of one core, because the kernel walks the
// page tables of the whole process for it: 2.5 ms for 200 MB, 8.5 ms for 1 GB in small
// pages. Without a cgroup the sum of PSS is the memory figure, and a window of seconds
// must have several readings, so the share is larger.
//
// However many processes there are, a reading comes at least once per gap, even if it
// then takes more than its share: with a hundred a window would have none.
const (
	rollupShare      = 0.005
	rollupShareAlone = 0.015
	rollupGap        = 10 * time.Second
	rollupGapAlone   = 2 * time.Second // a window may go 5 s without its memory figure
)

// budget spaces out costly readings: they take at most their share of one core, up to
// the longest gap.
type budget struct {
	share float64
	gap   time.Duration
	next  time.Time // the first reading is always due
}

func (b *budget) due(now time.Time) bool { return !now.Before(b.next) }

// charge records that a reading ended now and took that much CPU time.
func (b *budget) charge(now time.Time, cost time.Duration) {
	b.next = now.Add(min(time.Duration(float64(cost)/b.share), b.gap))
}

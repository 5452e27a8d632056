package bench

import (
	"cmp"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
)

// Memory bases: what the memory metrics of a run are made of.
const (
	BasisCharged = "charged" // anon + shmem + kernel of the container
	BasisPSS     = "pss"     // sum of PSS over the processes
)

// basis is what the memory metrics of this sample are taken from.
func (s Sample) basis() string {
	if s.Cgroup != nil {
		return BasisCharged
	}
	return BasisPSS
}

// Memory is the headline memory of the sample: what the container is charged,
// or the sum of PSS where there is no container. ok is false where the sample
// lacks it, as most do on a host, since PSS is costly to read.
func (s Sample) Memory() (bytes uint64, ok bool) {
	if s.Cgroup != nil {
		return s.Cgroup.Charged()
	}
	return s.PSS()
}

// series is one figure over the samples of a phase.
type series []float64

func (s *series) add(v uint64, ok bool) {
	if ok {
		*s = append(*s, float64(v))
	}
}

// samples takes memory and CPU from the idle phase and the window.
func (m *measurement) samples() error {
	window, ok := m.trial.Phase(m.scenario.Window().Name)
	if !ok {
		m.invalid("the trial did not reach its window")
		return nil
	}
	idle, _ := m.trial.Phase(PhaseIdle)
	var memory, docker, pss, rss, resting series
	var cpu cpuClock
	watch := watch{last: window.From}
	err := m.trial.Samples(func(s Sample) error {
		if idle.Holds(s.At) {
			resting.add(s.Memory())
		}
		if !window.Holds(s.At) {
			return nil
		}
		watch.see(s.At)
		memory.add(s.Memory())
		m.out.Basis = s.basis()
		pss.add(s.PSS())
		rss.add(s.RSS())
		if s.Cgroup != nil {
			docker.add(s.Cgroup.DockerStats(), true)
		}
		cpu.see(s)
		return nil
	})
	if err != nil {
		return err
	}
	watch.see(window.To)
	m.observed(watch, memory)
	m.mean(MemoryMean, memory)
	m.peak(MemoryPeak, memory)
	m.mean(MemoryIdle, resting)
	m.mean(DockerStatsMean, docker)
	m.mean(PSSMean, pss)
	m.mean(RSSMean, rss)
	m.cpu(cpu)
	return nil
}

// observed refuses a window that was not watched from end to end.
func (m *measurement) observed(w watch, memory series) {
	if w.longest > sampleGap {
		m.invalid("no sample for %s of the window, allowed are %s", w.longest.Round(time.Millisecond), sampleGap)
	}
	if len(memory) == 0 {
		m.invalid("no sample of the window holds the headline memory")
	}
}

func (m *measurement) mean(name Metric, s series) {
	if len(s) == 0 {
		m.absent(name, "no sample holds it")
		return
	}
	m.set(name, stats.Mean(s))
}

func (m *measurement) peak(name Metric, s series) {
	if len(s) == 0 {
		m.absent(name, "no sample holds it")
		return
	}
	m.set(name, slices.Max(s))
}

// cpu divides the CPU time between the window's first and last sample by the
// hits that the schedule has between them.
func (m *measurement) cpu(c cpuClock) {
	hits := float64(m.scenario.Window().Rate) * c.last.Sub(c.first).Seconds()
	if c.gap != "" || hits <= 0 {
		m.absent(CPUPerRequest, "%s", cmp.Or(c.gap, "fewer than two samples in the window"))
		return
	}
	m.set(CPUPerRequest, c.seconds/hits)
}

// watch finds the longest stretch between two samples.
type watch struct {
	last    time.Time
	longest time.Duration
}

func (w *watch) see(t time.Time) {
	w.longest = max(w.longest, t.Sub(w.last))
	w.last = t
}

// cpuClock adds up CPU time from sample to sample: the container's where there
// is one, else that of the processes. A process that ends takes what it used
// since the last sample with it, at most the sampling interval.
type cpuClock struct {
	first, last time.Time
	seconds     float64
	gap         string // why the clock stopped

	cgroup    *float64
	processes map[processID]float64
}

type processID struct {
	pid   int
	start uint64
}

func (c *cpuClock) see(s Sample) {
	if c.first.IsZero() {
		c.first = s.At
	}
	switch {
	case s.Cgroup != nil:
		c.seeCgroup(s.Cgroup.CPUSeconds)
	case s.Processes != nil:
		c.seeProcesses(s.Processes)
	default:
		return // the next sample that has them makes up for this one
	}
	c.last = s.At
}

func (c *cpuClock) seeCgroup(now *float64) {
	if now == nil {
		c.gap = "the container's cgroup gives no CPU time"
		return
	}
	if c.cgroup != nil {
		c.seconds += *now - *c.cgroup
	}
	c.cgroup = now
}

func (c *cpuClock) seeProcesses(now []Process) {
	fresh := c.processes == nil
	next := make(map[processID]float64, len(now))
	for _, p := range now {
		id := processID{p.PID, p.Start}
		next[id] = p.CPU
		if !fresh {
			c.seconds += p.CPU - c.processes[id] // a new process counts from 0
		}
	}
	c.processes = next
}

package measure

import (
	"cmp"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// samples sets memory and CPU from the idle phase and the window.
func (m *measurement) samples() error {
	span, ok := m.trial.Phase(m.scenario.Window().Name)
	if !ok {
		m.invalid(metric.WindowMissed, nil, "the trial did not reach its window")
		return nil
	}
	idle, _ := m.trial.Phase(scenario.PhaseIdle)
	resting, window := memory{span: idle}, memory{span: span}
	var cpu cpuClock
	machine := noiseClock{window: span}
	var serving dependencies
	var kills uint64 // since the container was created
	err := m.trial.Samples(func(s metric.Sample) error {
		if s.Cgroup != nil && s.Cgroup.OOMKills != nil {
			kills = *s.Cgroup.OOMKills
		}
		machine.see(s)
		if idle.Holds(s.At) {
			resting.see(s)
		}
		if span.Holds(s.At) {
			window.see(s)
			cpu.see(s)
			serving.see(s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	headline, basis := window.headline()
	atRest, _ := resting.headline()
	m.out.Basis, m.noPSS = basis, window.noPSS
	if kills > 0 {
		m.failed(metric.OutOfMemory, "the kernel killed %d of its processes for want of memory: raise limits.memory, or let it use less", kills)
	}
	m.observed(window, headline)
	m.mean(metric.MemoryMean, headline)
	m.peak(metric.MemoryPeak, headline)
	m.growth(headline, span)
	m.mean(metric.MemoryIdle, atRest)
	m.mean(metric.WorkingSetMean, window.docker)
	m.meanPSS(metric.PSSMean, window.pss)
	m.mean(metric.RSSMean, window.rss)
	m.memoryParts(window.kinds)
	m.hugetlb(window.hugetlb)
	m.pssAccount(window.account)
	m.usagePeak(window.usage)
	m.workers(window.workers)
	m.cpu(cpu, span)
	m.sampleClock()
	m.noise(machine, cpu)
	m.dependencies(serving)
	return nil
}

// maxSwap is the most of a process that may be swapped out, in bytes. Swapped memory is
// in no memory figure and makes a variant look small.
const maxSwap = 1 << 20

// observed marks a trial invalid if its window has a gap without readings, or if memory
// was swapped out.
func (m *measurement) observed(w memory, headline series) {
	switch gap := headline.longestGap(w.span); {
	case len(headline) == 0:
		m.invalid(metric.MemoryUnseen, metric.MemoryMetrics, "no sample of the window holds the headline memory%s", w.why())
	case gap > sampleGap:
		m.invalid(metric.MemoryUnseen, metric.MemoryMetrics, "no reading of memory for %s of the window, allowed are %s", gap.Round(time.Millisecond), sampleGap)
	}
	if w.swap > maxSwap {
		m.invalid(metric.Swapped, metric.MemoryMetrics, "%s of a process were swapped out: give the machine more memory", metric.FormatValue(float64(w.swap), metric.UnitBytes))
	}
}

func (m *measurement) mean(name metric.Name, s series) {
	if len(s) == 0 {
		m.absent(name, "no sample holds it")
		return
	}
	m.set(name, s.mean())
}

// meanPSS is mean for values of smaps_rollup.
func (m *measurement) meanPSS(name metric.Name, s series) {
	if len(s) == 0 {
		m.absent(name, "%s", cmp.Or(m.noPSS, "no sample holds it"))
		return
	}
	m.set(name, s.mean())
}

func (m *measurement) peak(name metric.Name, s series) {
	if len(s) == 0 {
		m.absent(name, "no sample holds it")
		return
	}
	m.set(name, s.peak())
}

// growth is the Theil-Sen slope of memory over the scheduled requests, in the window,
// at the time of each reading.
func (m *measurement) growth(s series, span record.Span) {
	if m.scenario.Window().Rests() {
		m.absent(metric.MemoryGrowth, "%s", atRest)
		return
	}
	at, bytes := s.thin(growthPoints)
	work, hitsEach := m.work(at, span)
	slope, err := stats.TheilSen(work, bytes, 0.95)
	if err != nil {
		m.absent(metric.MemoryGrowth, "%v", err)
		return
	}
	m.set(metric.MemoryGrowth, slope.Value/hitsEach*metric.MemoryGrowth.Every())
}

// work returns the window's scheduled load at each time, in units of hitsEach hits. At
// a constant rate the unit is a second of load: dividing the slope by the rate at the
// end gives the same digits as older versions.
func (m *measurement) work(at []time.Time, span record.Span) (work []float64, hitsEach float64) {
	course := m.scenario.Window().Shape()
	rate, steady := course.(load.ConstantRate)
	for _, t := range at {
		if steady {
			work = append(work, t.Sub(at[0]).Seconds())
		} else {
			work = append(work, course.Between(0, t.Sub(span.From)))
		}
	}
	if steady {
		return work, float64(rate)
	}
	return work, 1
}

// growthPoints limits the number of pairs that Theil-Sen compares.
const growthPoints = 500

// cpu divides the CPU time between the window's first and last sample by the hits that
// are scheduled between them.
func (m *measurement) cpu(c cpuClock, span record.Span) {
	if m.scenario.Window().Rests() {
		m.absent(metric.CPUPerRequest, "%s", atRest)
		return
	}
	hits := m.scenario.Window().Shape().Between(c.first.Sub(span.From), c.last.Sub(span.From))
	if c.gap != "" || hits <= 0 {
		m.absent(metric.CPUPerRequest, "%s", cmp.Or(c.gap, "fewer than two samples in the window"))
		return
	}
	m.set(metric.CPUPerRequest, c.seconds/hits)
}

// cpuClock sums CPU time from sample to sample: the container's if there is one, else
// the processes'. The time of a process that ends is lost since the last sample, at
// most one sampling interval.
type cpuClock struct {
	first, last time.Time
	seconds     float64
	gap         string // why the clock stopped

	cgroup    *float64
	processes map[metric.ProcessID]float64
}

func (c *cpuClock) see(s metric.Sample) {
	if c.first.IsZero() {
		c.first = s.At
	}
	switch {
	case s.Cgroup != nil:
		c.seeCgroup(s.Cgroup.CPUSeconds)
	case s.Processes != nil:
		c.seeProcesses(s.Processes)
	default:
		return // the next complete sample makes up for this one
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

func (c *cpuClock) seeProcesses(now []metric.Process) {
	fresh := c.processes == nil
	next := make(map[metric.ProcessID]float64, len(now))
	for _, p := range now {
		id := p.ID()
		next[id] = p.CPU
		if !fresh {
			c.seconds += p.CPU - c.processes[id] // a new process starts from 0
		}
	}
	c.processes = next
}

// sampleClock marks memory figures invalid if an unsteady clock leaves the phase of the
// samples unknown.
func (m *measurement) sampleClock() {
	c := m.trial.Clock
	if c == nil || c.Unsteady <= record.MaxUnsteady {
		return
	}
	m.invalid(metric.ClockUnstable, metric.MemoryMetrics, "the samples can't be placed among the phases: their clock (%s) moved by %s against the generator's, allowed are %s; let both clocks settle, or run memproof on the machine that the service runs on",
		c.By, metric.FormatValue(c.Unsteady, metric.UnitSeconds), metric.FormatValue(record.MaxUnsteady, metric.UnitSeconds))
}

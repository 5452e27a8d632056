package measure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// maxClockStep is the most that the wall clock may move against the monotonic one, in
// seconds. It applies to trials of older versions, without a [record.SampleClock],
// whose samples are placed by the wall clock alone. A slewing NTP moves both clocks;
// setting a clock moves one.
const maxClockStep = 0.010

// Sleep of the machine, or a pause of a virtual one, leaves a gap between two samples
// that is long in seconds, and many times as long as the others.
const (
	standstill      = 3
	standstillTimes = 5
)

// noiseClock gathers the samples' readings of the machine.
type noiseClock struct {
	window      record.Span
	first, last *metric.Machine // in the window
	origin      *metric.Machine // in the trial
	latest      *metric.Machine
	step        float64   // the largest error of the wall clock
	intervals   []float64 // between samples, seconds of Up
	throttled   [2]*float64
	missing     string // why a sample has no reading
}

func (c *noiseClock) see(s metric.Sample) {
	for _, why := range s.Missing {
		if rest, ok := strings.CutPrefix(why, "machine: "); ok {
			c.missing = rest
		}
	}
	if s.Machine == nil {
		return
	}
	c.seeClocks(s.Machine)
	if !c.window.Holds(s.At) {
		return
	}
	if c.first == nil {
		c.first = s.Machine
	}
	c.last = s.Machine
	if s.Cgroup != nil && s.Cgroup.Throttled != nil {
		if c.throttled[0] == nil {
			c.throttled[0] = s.Cgroup.Throttled
		}
		c.throttled[1] = s.Cgroup.Throttled
	}
}

func (c *noiseClock) seeClocks(m *metric.Machine) {
	if c.origin == nil {
		c.origin, c.latest = m, m
		return
	}
	off := m.Wall.Sub(c.origin.Wall).Seconds() - (m.Up - c.origin.Up)
	if math.Abs(off) > math.Abs(c.step) {
		c.step = off
	}
	c.intervals = append(c.intervals, m.Up-c.latest.Up)
	c.latest = m
}

// rate returns the growth of a figure per second of the window.
func (c *noiseClock) rate(of func(*metric.Machine) float64) float64 {
	return (of(c.last) - of(c.first)) / (c.last.Up - c.first.Up)
}

// noise sets the figures of the rest of the machine in the window. It marks a trial
// invalid if other programs disturbed it or its clock is unreliable. Runs of older
// versions have no such readings, and skip the check.
func (m *measurement) noise(c noiseClock, cpu cpuClock) {
	if c.origin != nil {
		m.clocks(c)
	}
	if c.first == nil || c.last.Up <= c.first.Up {
		if c.missing != "" {
			m.absent(metric.OtherCPU, "%s", c.missing)
		}
		return
	}
	m.set(metric.Steal, c.rate(func(r *metric.Machine) float64 { return r.Steal }))
	if c.first.Interrupts != nil && c.last.Interrupts != nil {
		m.set(metric.Interrupts, c.rate(func(r *metric.Machine) float64 { return *r.Interrupts }))
	}
	m.pressure(c)
	m.throttling(c)
	m.foreign(c, cpu)
}

// clocks looks for a clock that was set and for a pause of the whole machine.
func (m *measurement) clocks(c noiseClock) {
	if m.trial.Clock == nil && math.Abs(c.step) > maxClockStep {
		m.invalid(metric.ClockSet, metric.SampleMetrics, "the clock of the machine was set during the trial: it moved by %s against the monotonic clock, allowed are %s; let it settle, or stop what sets it",
			metric.FormatValue(c.step, metric.UnitSeconds), metric.FormatValue(maxClockStep, metric.UnitSeconds))
	}
	if len(c.intervals) == 0 {
		return
	}
	slices.Sort(c.intervals)
	usual, longest := stats.Quantile(c.intervals, 0.5), c.intervals[len(c.intervals)-1]
	if longest > max(standstill, standstillTimes*usual) {
		m.invalid(metric.StoodStill, metric.TimeMetrics, "the machine stood still for %s: it slept, was paused or had no processor for the sampler", metric.FormatValue(longest, metric.UnitSeconds))
	}
}

func (m *measurement) pressure(c noiseClock) {
	if c.first.PressureCPU == nil || c.last.PressureCPU == nil {
		m.absent(metric.CPUPressure, "the kernel gives no PSI: boot it with psi=1")
		return
	}
	m.set(metric.CPUPressure, c.rate(func(r *metric.Machine) float64 { return *r.PressureCPU }))
}

// throttling is a figure and never a fault: a variant may need more than its quota.
func (m *measurement) throttling(c noiseClock) {
	if c.throttled[0] == nil {
		m.absent(metric.Throttled, "the variant has no CPU quota that the kernel keeps account of")
		return
	}
	m.set(metric.Throttled, (*c.throttled[1]-*c.throttled[0])/(c.last.Up-c.first.Up))
}

// foreign is the CPU time, per second, of programs outside the trial. If some
// participant's CPU time is unknown, the value is only an upper bound. The metric is
// then absent, and the limit cannot make the trial invalid.
func (m *measurement) foreign(c noiseClock, cpu cpuClock) {
	rest := c.rate(func(r *metric.Machine) float64 { return r.Tasks() - r.Sampler })
	var unknown []string
	for _, p := range m.parts(c, cpu) {
		if p.known {
			rest -= p.rate
		} else {
			unknown = append(unknown, p.name)
		}
	}
	rest = max(rest, 0) // the kernel counts the whole in ticks and the parts exactly
	if len(unknown) > 0 {
		m.absent(metric.OtherCPU, "the CPU time of %s is not known; with it, others used %s", strings.Join(unknown, " and "), metric.Cores(rest))
		return
	}
	m.set(metric.OtherCPU, rest)
	if limit := float64(m.scenario.Noise.OtherCPUDuring); rest > limit {
		why := fmt.Sprintf("foreign CPU in the window %s, at most %s allowed", metric.Cores(rest), metric.ShareText(limit))
		m.invalid(metric.NoisyNeighbour, metric.TimeMetrics, "%s", metric.Neighbour([]string{why}, m.neighbours(c), &rest, "other_cpu_during"))
	}
}

// part is the CPU time of one participant in the window, in seconds per second.
type part struct {
	name  string
	rate  float64
	known bool
}

// parts returns the programs of a trial except the sampler. The variant's CPU time in
// the window is measured. For the others only the time over the whole load is known:
// the window's part is its share of the requests, or, for a window at rest, of the
// time.
func (m *measurement) parts(c noiseClock, cpu cpuClock) []part {
	window := m.scenario.Window()
	inWindow := 0.0 // the window's share of the load, per second
	switch all := m.trial.Load.Offered; {
	case window.Rests():
		inWindow = 1 / m.scenario.LoadLength().Seconds()
	case all > 0:
		inWindow = float64(window.Hits()) / float64(all) / window.For.Seconds()
	}
	counted := func(name, counter string) part {
		seconds, ok := m.grown(counter)
		return part{name, seconds * inWindow, ok}
	}
	watched := cpu.last.Sub(cpu.first).Seconds()
	all := []part{
		{"the variant", cpu.seconds / watched, cpu.gap == "" && watched > 0},
		{"the generator", m.trial.Load.CPUSeconds * inWindow, m.trial.Load.CPUSeconds > 0},
	}
	if m.generatorElsewhere(c) {
		all[1] = part{"the generator", 0, true}
	}
	if m.scenario.NeedsDatabase() {
		all = append(all, counted("Postgres", "postgres.cpu_seconds"))
	}
	if !m.scenario.Upstream.Build.IsZero() {
		all = append(all, counted("the upstream", "upstream.cpu_seconds"))
	}
	for _, one := range m.scenario.SidecarsOf(m.trial.Variant) {
		all = append(all, counted(one.Name, one.CPUCounter()))
	}
	return all
}

// generatorElsewhere reports whether the generator ran on another machine than the
// variant: Docker's may be virtual or remote.
func (m *measurement) generatorElsewhere(c noiseClock) bool {
	n := m.trial.Noise
	return n != nil && len(n.Before) > 0 && n.Before[0].Boot != c.last.Boot
}

// neighbours returns the programs that used the machine during the load, if the
// generator runs on that machine.
func (m *measurement) neighbours(c noiseClock) []metric.ProgramCPU {
	if m.trial.Noise == nil || m.generatorElsewhere(c) {
		return nil
	}
	return m.trial.Noise.During
}

// throttledNote is the CPU throttling above which claims on a variant's latency get a
// note, in seconds per second.
const throttledNote = 0.01

// Throttled returns a warning if CPU throttling is part of a claim's latency.
func Throttled(c scenario.Claim, valid []Block) (notes []string) {
	if _, ok := c.Metric.LatencyQuantile(); !ok {
		return nil
	}
	for _, name := range c.Variants() {
		held := Figures(valid, name, metric.Throttled)
		if len(held) > 0 && stats.Mean(held) > throttledNote {
			notes = append(notes, fmt.Sprintf("%s used up its CPU quota and was held back for %s in each second, summed over processors.",
				name, metric.FormatValue(stats.Mean(held), metric.UnitSeconds)))
		}
	}
	return notes
}

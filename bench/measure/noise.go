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

// maxClockStep is by how much the wall clock may move against the monotonic
// one, in seconds, in a trial whose samples are put into phases by the wall clock
// alone: one from before there was a [record.SampleClock]. What a slewing NTP does moves
// both; only a clock that is set parts them.
const maxClockStep = 0.010

// A machine that slept, or a virtual one that was paused, leaves a gap between
// two samples that is long, in seconds, and many times as long as the others.
const (
	standstill      = 3
	standstillTimes = 5
)

// noiseClock gathers what the samples say of the machine.
type noiseClock struct {
	window      record.Span
	first, last *metric.Machine // of the window
	origin      *metric.Machine // of the trial
	latest      *metric.Machine
	step        float64   // by how much the wall clock was off, at the most
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

// rate is by how much a figure grew a second of the window.
func (c *noiseClock) rate(of func(*metric.Machine) float64) float64 {
	return (of(c.last) - of(c.first)) / (c.last.Up - c.first.Up)
}

// noise takes what the rest of the machine did in the window, and refuses a
// trial that had a neighbour or whose clock can't be trusted. A run from before
// these readings existed has none, and is judged without.
func (m *measurement) noise(c noiseClock, cpu cpuClock) {
	if c.origin != nil {
		m.clocks(c)
	}
	if c.first == nil || c.last.Up <= c.first.Up {
		if c.missing != "" {
			m.absent(metric.ForeignCPU, "%s", c.missing)
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

// clocks looks for a clock that was set and for time in which nothing ran.
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

// throttling is a figure and no fault: a variant that needs more than its quota
// is the variant's matter.
func (m *measurement) throttling(c noiseClock) {
	if c.throttled[0] == nil {
		m.absent(metric.Throttled, "the variant has no CPU quota that the kernel keeps account of")
		return
	}
	m.set(metric.Throttled, (*c.throttled[1]-*c.throttled[0])/(c.last.Up-c.first.Up))
}

// foreign is the CPU time that the machine spent on programs which have no part
// in the trial. Where the time of one that has a part is not known, it is not
// subtracted; then the rule can acquit and never convict.
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
		m.absent(metric.ForeignCPU, "the CPU time of %s is not known; with it, others used %s", strings.Join(unknown, " and "), metric.Cores(rest))
		return
	}
	m.set(metric.ForeignCPU, rest)
	if limit := float64(m.scenario.Noise.ForeignCPUDuring); rest > limit {
		why := fmt.Sprintf("foreign CPU in the window %s, at most %s allowed", metric.Cores(rest), metric.ShareText(limit))
		m.invalid(metric.NoisyNeighbour, metric.TimeMetrics, "%s", metric.Neighbour([]string{why}, m.neighbours(c), &rest, "foreign_cpu_during"))
	}
}

// part is the CPU time of a program of the trial in the window, in seconds a
// second.
type part struct {
	name  string
	rate  float64
	known bool
}

// parts are the programs of a trial besides the sampler. Of all but the variant
// only the time over the whole load is known; the window's part of it is that
// of its requests, and of a window at rest that of its time.
func (m *measurement) parts(c noiseClock, cpu cpuClock) []part {
	window := m.scenario.Window()
	inWindow := 0.0 // share of the load, a second
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
	for _, one := range m.scenario.CompanionsOf(m.trial.Variant) {
		all = append(all, counted(one.Name, one.CPUCounter()))
	}
	return all
}

// generatorElsewhere says that the generator did not run on the machine of the
// variant: Docker's is a virtual or a remote one.
func (m *measurement) generatorElsewhere(c noiseClock) bool {
	n := m.trial.Noise
	return n != nil && len(n.Before) > 0 && n.Before[0].Boot != c.last.Boot
}

// neighbours are the programs that used the machine during the load, where it is
// the one that the generator can see.
func (m *measurement) neighbours(c noiseClock) []metric.ProgramCPU {
	if m.trial.Noise == nil || m.generatorElsewhere(c) {
		return nil
	}
	return m.trial.Noise.During
}

// throttledNote is how much of the time a variant may have been held back by
// its quota before claims on its latency say so, in seconds a second.
const throttledNote = 0.01

// Throttled warns that a latency is also that of a quota.
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

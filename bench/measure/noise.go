package measure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// maxClockStep is the most that the wall clock may move against the monotonic clock, in
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

// clocks compares the clocks of the samples' machine over the whole trial.
type clocks struct {
	first, last *metric.Machine
	step        float64   // the largest error of the wall clock, in seconds
	intervals   []float64 // between samples, seconds of Up
}

func (a *clocks) add(s metric.Sample) {
	now := s.Machine
	switch {
	case now == nil:
		return
	case a.first == nil:
		a.first = now
	default:
		if step := now.Wall.Sub(a.first.Wall).Seconds() - (now.Up - a.first.Up); math.Abs(step) > math.Abs(a.step) {
			a.step = step
		}
		a.intervals = append(a.intervals, now.Up-a.last.Up)
	}
	a.last = now
}

// report finds a clock that was set and a pause of the whole machine.
func (a *clocks) report(m *measurement) {
	if m.trial.Clock == nil && math.Abs(a.step) > maxClockStep {
		m.invalid(metric.ClockSet, metric.SampleMetrics, "the clock of the machine was set during the trial: "+
			"it moved by %s against the monotonic clock, at most %s allowed; let it settle, or stop the program that sets it",
			formatSeconds(a.step), formatSeconds(maxClockStep))
	}
	if len(a.intervals) == 0 {
		return
	}
	slices.Sort(a.intervals)
	usual, longest := stats.Quantile(a.intervals, 0.5), a.intervals[len(a.intervals)-1]
	if longest > max(standstill, standstillTimes*usual) {
		m.invalid(metric.StoodStill, metric.TimeMetrics,
			"the machine stood still for %s: it slept, was paused or had no processor for the sampler", formatSeconds(longest))
	}
}

// machineNoise gathers the activity of the machine in the window.
type machineNoise struct {
	first, last                   *metric.Machine
	throttledFirst, throttledLast *float64
}

func (a *machineNoise) add(s metric.Sample) {
	if s.Machine == nil {
		return
	}
	a.first, a.last = cmp.Or(a.first, s.Machine), s.Machine
	if s.Cgroup != nil && s.Cgroup.Throttled != nil {
		a.throttledFirst, a.throttledLast = cmp.Or(a.throttledFirst, s.Cgroup.Throttled), s.Cgroup.Throttled
	}
}

// report sets the figures of the rest of the machine. It marks a trial invalid if other
// programs disturbed it. Runs of older versions have no such readings and no check.
func (a *machineNoise) report(m *measurement) {
	if a.first == nil || a.last.Up <= a.first.Up {
		if why := m.missing[missingMachine]; why != "" {
			m.absent(metric.OtherCPU, "%s", why)
		}
		return
	}
	for _, f := range []struct {
		name        metric.Name
		first, last *float64
		absent      string
	}{
		{metric.Steal, &a.first.Steal, &a.last.Steal, ""},
		{metric.Interrupts, a.first.Interrupts, a.last.Interrupts, ""}, // older samplers do not read it
		{metric.CPUPressure, a.first.PressureCPU, a.last.PressureCPU, "the kernel gives no PSI: boot it with psi=1"},
		// A figure and never a fault: a variant may need more than its quota.
		{metric.Throttled, a.throttledFirst, a.throttledLast, "the variant has no CPU quota that the kernel accounts for"},
	} {
		if f.first != nil && f.last != nil {
			m.set(f.name, (*f.last-*f.first)/a.seconds())
		} else if f.absent != "" {
			m.absent(f.name, "%s", f.absent)
		}
	}
	a.otherCPU(m)
}

func (a *machineNoise) seconds() float64 { return a.last.Up - a.first.Up }

// otherCPU sets the CPU time, per second, of programs outside the trial. If the CPU time
// of a program of the trial is unknown, the value is only an upper bound. The metric is
// then absent, and the limit cannot make the trial invalid.
func (a *machineNoise) otherCPU(m *measurement) {
	elsewhere := m.generatorElsewhere(a.last)
	rest := ((a.last.Tasks() - a.last.Sampler) - (a.first.Tasks() - a.first.Sampler)) / a.seconds()
	var unknown []string
	for _, p := range m.programs(elsewhere) {
		if p.known {
			rest -= p.rate
		} else {
			unknown = append(unknown, p.name)
		}
	}
	rest = max(rest, 0) // the kernel counts the whole in ticks and the parts exactly
	if len(unknown) > 0 {
		m.absent(metric.OtherCPU,
			"the CPU time of %s is not known; with it, other programs used %s", strings.Join(unknown, " and "), metric.Cores(rest))
		return
	}
	m.set(metric.OtherCPU, rest)
	if limit := float64(m.scenario.Noise.OtherCPUDuring); rest > limit {
		var during []metric.ProgramCPU // known only on the generator's machine
		if m.trial.Noise != nil && !elsewhere {
			during = m.trial.Noise.During
		}
		why := fmt.Sprintf("other programs used %s in the window, at most %s allowed", metric.Cores(rest), metric.ShowShare(limit))
		m.invalid(metric.NoisyNeighbour, metric.TimeMetrics, "%s", metric.Neighbour([]string{why}, during, &rest, "other_cpu_during"))
	}
}

// program is a program of the trial, with its CPU time in the window per second.
type program struct {
	name  string
	rate  float64
	known bool
}

// programs returns the programs of a trial except the sampler. The variant's CPU time in
// the window is measured. For the others only the time over the whole load is known:
// the window's part is its share of the requests, or, for a window without requests, of
// the time.
func (m *measurement) programs(generatorElsewhere bool) []program {
	window := m.scenario.Window()
	inWindow := 0.0 // the window's share of the load, per second
	switch all := m.trial.Load.Offered; {
	case window.Rests():
		inWindow = 1 / m.scenario.LoadLength().Seconds()
	case all > 0:
		inWindow = float64(window.Hits()) / float64(all) / window.For.Seconds()
	}
	measured := m.cpu.last.Sub(m.cpu.first).Seconds()
	all := []program{{"the variant", m.cpu.seconds / measured, m.cpu.gap == "" && measured > 0}}
	if !generatorElsewhere {
		all = append(all, program{"the generator", m.trial.Load.CPUSeconds * inWindow, m.trial.Load.CPUSeconds > 0})
	}
	addCounted := func(name, counter string) {
		seconds, ok := m.increase(counter)
		all = append(all, program{name, seconds * inWindow, ok})
	}
	if m.scenario.NeedsDatabase() {
		addCounted("Postgres", "postgres.cpu_seconds")
	}
	if !m.scenario.Upstream.Build.IsZero() {
		addCounted("the upstream", "upstream.cpu_seconds")
	}
	for _, sidecar := range m.scenario.SidecarsOf(m.trial.Variant) {
		addCounted(sidecar.Name, sidecar.CPUCounter())
	}
	return all
}

// generatorElsewhere reports whether the generator ran on another machine than the
// variant: Docker's may be virtual or remote.
func (m *measurement) generatorElsewhere(variants *metric.Machine) bool {
	n := m.trial.Noise
	return n != nil && len(n.Before) > 0 && n.Before[0].Boot != variants.Boot
}

package measure

import (
	"cmp"
	"maps"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// accumulator computes figures from the samples of a trial, or of one of its phases.
type accumulator interface {
	add(s metric.Sample)
	report(m *measurement) // sets the figures, after the last sample
}

// samples sets the figures of memory, CPU and the machine.
func (m *measurement) samples() error {
	var reached bool
	if m.window, reached = m.trial.Phase(m.scenario.Window().Name); !reached {
		m.invalid(metric.WindowMissed, nil, "the trial did not reach its window")
		return nil
	}
	idle, _ := m.trial.Phase(scenario.PhaseIdle)
	load := record.Span{From: m.trial.Load.Began, To: m.trial.Load.Began.Add(m.scenario.LoadLength())}
	all := []struct {
		in *record.Span // nil: the whole trial
		accumulator
	}{
		{nil, &oomKills{}}, {&m.window, missing(m.missing)},
		{&m.window, &windowMemory{}}, {&load, &loadMemory{}}, {&idle, &idleMemory{}}, {&m.window, newMeans(m.scenario.SidecarsOf(m.trial.Variant))},
		{&m.window, &pssAccount{}}, {&m.window, &usagePeak{}}, {&m.window, &workers{}}, {&m.window, &m.cpu},
		{nil, &clocks{}}, {&m.window, &machineNoise{}},
	}
	err := m.trial.Samples(func(s metric.Sample) error {
		for _, a := range all {
			if a.in == nil || a.in.Holds(s.At) {
				a.add(s)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, a := range all {
		a.report(m)
	}
	m.sampleClock()
	return nil
}

// missing maps the subject of a missing reading, such as postgres, to the latest reason.
type missing map[string]string

func (a missing) add(s metric.Sample) { maps.Copy(a, reasons(s)) }

func (a missing) report(*measurement) {}

// oomKills is the number of processes that the kernel killed since the container was
// created.
type oomKills struct{ n uint64 }

func (a *oomKills) add(s metric.Sample) {
	if s.Cgroup != nil && s.Cgroup.OOMKills != nil {
		a.n = *s.Cgroup.OOMKills
	}
}

func (a *oomKills) report(m *measurement) {
	if a.n > 0 {
		m.failed(metric.OutOfMemory,
			"the kernel killed %d of its processes, because the memory limit was reached: "+
				"raise limits.memory, or let the service use less",
			a.n)
	}
}

// cpuTime sums CPU time from sample to sample: the container's if there is one, else
// the processes'. The time of a process that ends is lost since the last sample, at
// most one sampling interval.
type cpuTime struct {
	first, last time.Time
	seconds     float64
	gap         string // why the sum is incomplete

	cgroup    *float64
	processes map[metric.ProcessID]float64
}

func (a *cpuTime) add(s metric.Sample) {
	if a.first.IsZero() {
		a.first = s.At
	}
	switch {
	case s.Cgroup != nil && s.Cgroup.CPUSeconds == nil:
		a.gap = "the container's cgroup gives no CPU time"
	case s.Cgroup != nil:
		if a.cgroup != nil {
			a.seconds += *s.Cgroup.CPUSeconds - *a.cgroup
		}
		a.cgroup = s.Cgroup.CPUSeconds
	case s.Processes != nil:
		a.addProcesses(s.Processes)
	default:
		return // the next complete sample makes up for this one
	}
	a.last = s.At
}

func (a *cpuTime) addProcesses(now []metric.Process) {
	previous := a.processes
	a.processes = make(map[metric.ProcessID]float64, len(now))
	for _, p := range now {
		a.processes[p.ID()] = p.CPU
		if previous != nil {
			a.seconds += p.CPU - previous[p.ID()] // a new process starts from 0
		}
	}
}

// report divides the CPU time between the window's first and last sample by the hits
// that are scheduled between them.
func (a *cpuTime) report(m *measurement) {
	if m.scenario.Window().Rests() {
		m.absent(metric.CPUPerRequest, "%s", noRequests)
		return
	}
	hits := m.scenario.Window().Shape().Between(a.first.Sub(m.window.From), a.last.Sub(m.window.From))
	if a.gap != "" || hits <= 0 {
		m.absent(metric.CPUPerRequest, "%s", cmp.Or(a.gap, "fewer than two samples in the window"))
		return
	}
	m.set(metric.CPUPerRequest, a.seconds/hits)
}

// sampleClock marks memory figures invalid if an unsteady clock leaves the phase of the
// samples unknown.
func (m *measurement) sampleClock() {
	if c := m.trial.Clock; c != nil && c.Unsteady > record.MaxUnsteady {
		m.invalid(metric.ClockUnstable, metric.MemoryMetrics, "the phase of the samples is not known: "+
			"their clock (%s) moved by %s against the generator's clock, at most %s allowed; "+
			"let both clocks settle, or run memproof on the machine that the service runs on",
			c.By, formatSeconds(c.Unsteady), formatSeconds(record.MaxUnsteady))
	}
}

func formatSeconds(x float64) string { return metric.FormatValue(x, metric.UnitSeconds) }

func formatBytes(x float64) string { return metric.FormatValue(x, metric.UnitBytes) }

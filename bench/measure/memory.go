package measure

import (
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

// phaseMemory gathers the memory of one phase by each basis.
type phaseMemory struct {
	charged, pss series
	basis        string // of charged; empty without a container
	incomplete   string // what the latest incomplete sample lacks
}

func (a *phaseMemory) add(s metric.Sample) {
	v, ok := s.Memory(metric.BasisPSS)
	a.pss.add(s.At, float64(v), ok)
	own := slices.DeleteFunc(slices.Clone(s.Missing), func(line string) bool {
		subject, _, _ := strings.Cut(line, ": ")
		return isDependency(subject)
	})
	if len(own) > 0 {
		a.incomplete = ": " + strings.Join(own, "; ")
	}
	if s.Cgroup == nil {
		return
	}
	a.basis = s.Cgroup.Basis()
	v, ok = s.Memory(a.basis)
	a.charged.add(s.At, float64(v), ok)
	if !ok {
		a.incomplete = ": this kernel does not account for its own memory in a cgroup: boot it without cgroup.memory=nokmem"
	}
}

// byBasis returns the readings of memory: the container's charge if any sample has a
// container, else PSS. The two are never mixed.
func (a *phaseMemory) byBasis() (s series, basis string) {
	if a.basis != "" {
		return a.charged, a.basis
	}
	return a.pss, metric.BasisPSS
}

type idleMemory struct{ phaseMemory }

func (a *idleMemory) report(m *measurement) {
	memory, _ := a.byBasis()
	m.mean(metric.MemoryIdle, memory, noReading)
}

type windowMemory struct {
	phaseMemory
	swap uint64 // the largest of one process, in bytes
}

func (a *windowMemory) add(s metric.Sample) {
	a.phaseMemory.add(s)
	for _, p := range s.Processes {
		if p.Swap != nil {
			a.swap = max(a.swap, *p.Swap)
		}
	}
}

// maxSampleGap is the longest time in a window without a reading of memory.
const maxSampleGap = 5 * time.Second

func (a *windowMemory) report(m *measurement) {
	memory, basis := a.byBasis()
	m.out.Basis = basis
	m.mean(metric.MemoryMean, memory, noReading)
	if len(memory) > 0 {
		m.set(metric.MemoryPeak, memory.peak())
	} else {
		m.absent(metric.MemoryPeak, noReading)
	}
	m.trend(memory)
	switch gap := memory.longestGap(m.window); {
	case len(memory) == 0:
		m.invalid(metric.MemoryUnseen, metric.MemoryMetrics, "no sample of the window has a reading of memory%s", a.incomplete)
	case gap > maxSampleGap:
		m.invalid(metric.MemoryUnseen, metric.MemoryMetrics,
			"no reading of memory for %s of the window, at most %s allowed", gap.Round(time.Millisecond), maxSampleGap)
	}
	if a.swap > metric.MaxSwap {
		m.invalid(metric.Swapped, metric.MemoryMetrics,
			"%s of a process were swapped out, at most %s allowed: give the machine more memory", formatBytes(float64(a.swap)), formatBytes(metric.MaxSwap))
	}
}

// growthPoints limits the number of readings that Theil-Sen compares in pairs.
const growthPoints = 500

// trend sets growth, the Theil-Sen slope of memory over the scheduled requests in the
// window at the time of each reading, and the variation about it. Without requests the
// slope is over time.
func (m *measurement) trend(s series) {
	at, bytes := s.thin(growthPoints)
	work, hitsEach := m.work(at)
	slope, err := stats.TheilSen(work, bytes, 0.95)
	rests := m.scenario.Window().Rests()
	switch {
	case rests:
		m.absent(metric.MemoryGrowth, "%s", noRequests)
	case err != nil:
		m.absent(metric.MemoryGrowth, "%v", err)
	default:
		m.set(metric.MemoryGrowth, slope.Value/hitsEach*metric.MemoryGrowth.Every())
	}
	if err != nil {
		m.absent(metric.MemoryVariation, "%v", err)
	} else if variation, ok := variationAbout(slope.Value, work, bytes); ok {
		m.set(metric.MemoryVariation, variation)
	} else {
		m.absent(metric.MemoryVariation, "memory is 0")
	}
}

// work returns the window's scheduled load at each time, in units of hitsEach hits. At
// a constant rate, 0 included, the unit is a second of load: dividing the slope by the rate at the
// end gives the same digits as older versions.
func (m *measurement) work(at []time.Time) (work []float64, hitsEach float64) {
	shape := m.scenario.Window().Shape()
	rate, constant := shape.(load.ConstantRate)
	for _, t := range at {
		if constant {
			work = append(work, t.Sub(at[0]).Seconds())
		} else {
			work = append(work, shape.Between(0, t.Sub(m.window.From)))
		}
	}
	if constant {
		return work, float64(rate)
	}
	return work, 1
}

// usagePeak finds the highest usage of a container between the first and the last
// sample of a window, from the kernel's own peaks. Usage includes the page cache. The
// kernel keeps no peak of anonymous memory, so the peak of memory is its highest sample.
type usagePeak struct {
	samples     int
	high        uint64  // the maximum of usage at the first sample and of all later peaks
	reset       bool    // the peak was reset at every sample but the first
	first, last *uint64 // the peak since the container was created
}

func (a *usagePeak) add(s metric.Sample) {
	c := s.Cgroup
	if c == nil {
		return
	}
	if a.samples++; a.samples == 1 {
		a.high, a.reset, a.first = c.Usage, true, c.Peak
	} else if c.PeakSince != nil {
		a.high = max(a.high, *c.PeakSince)
	} else {
		a.reset = false
	}
	a.last = c.Peak
}

// report sets the peak if the kernel knows it. Either its peak was reset at each
// sample, or the container's usage was never so high before the window.
func (a *usagePeak) report(m *measurement) {
	switch {
	case a.samples == 0:
		m.absent(metric.UsagePeak, "the variant has no cgroup of its own")
	case a.samples > 1 && a.reset:
		m.set(metric.UsagePeak, float64(a.high))
	case a.first == nil || a.last == nil:
		m.absent(metric.UsagePeak, "this kernel does not record a container's highest usage: cgroup v2 does since Linux "+metric.KernelWithPeak)
	case *a.last > *a.first:
		m.set(metric.UsagePeak, float64(*a.last))
	default:
		m.absent(metric.UsagePeak, "usage was higher before the window, and the kernel's peak could not be reset: "+
			"that needs Linux "+metric.KernelWithPeakReset+", cgroup v2 and a writable cgroup file system")
	}
}

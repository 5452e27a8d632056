package measure

import "github.com/memproof/memproof/bench/metric"

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
		m.absent(metric.UsagePeak, "this kernel does not record a container's highest usage: cgroup v2 does since Linux 5.19")
	case *a.last > *a.first:
		m.set(metric.UsagePeak, float64(*a.last))
	default:
		m.absent(metric.UsagePeak, "usage was higher before the window, and the kernel's peak could not be reset: "+
			"that needs Linux 6.12, cgroup v2 and a writable cgroup file system")
	}
}

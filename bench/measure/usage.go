package measure

import "github.com/memproof/memproof/bench/metric"

// usageMark finds the highest usage of a container between the first and the last
// sample of a window, from the kernel's own peaks. Usage differs from the headline: it
// includes the page cache. The kernel keeps no peak of anonymous memory, so the peak of
// the headline is its highest sample.
type usageMark struct {
	samples    int
	high       uint64  // the maximum of usage at the first sample and of all later peaks
	whole      bool    // every sample but the first had a peak of its own
	first, now *uint64 // the peak since the container was created
}

func (u *usageMark) see(c metric.Cgroup) {
	if u.samples++; u.samples == 1 {
		u.high, u.whole, u.first = c.Usage, true, c.Peak
	} else if c.PeakSince != nil {
		u.high = max(u.high, *c.PeakSince)
	} else {
		u.whole = false
	}
	u.now = c.Peak
}

// usagePeak sets the peak if the kernel knows it. Either its peak was reset at each
// sample, or the container's usage was never so high before the window.
func (m *measurement) usagePeak(u usageMark) {
	switch {
	case u.samples == 0:
		m.absent(metric.UsagePeak, "the variant has no cgroup of its own")
	case u.samples > 1 && u.whole:
		m.set(metric.UsagePeak, float64(u.high))
	case u.first == nil || u.now == nil:
		m.absent(metric.UsagePeak, "this kernel keeps no mark of a container's highest usage: cgroup v2 does since Linux 5.19")
	case *u.now > *u.first:
		m.set(metric.UsagePeak, float64(*u.now))
	default:
		m.absent(metric.UsagePeak, "usage was higher before the window, and the kernel's mark could not be set back: that needs Linux 6.12, cgroup v2 and a writable cgroup file system")
	}
}

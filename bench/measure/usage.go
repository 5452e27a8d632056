package measure

import "github.com/memproof/memproof/bench/metric"

// usageMark finds the highest usage of a container between the first and the
// last sample of a window from the kernel's own marks. It is of another
// quantity than the headline, page cache included: the kernel keeps no mark of
// anonymous memory, whose peak is the highest sample.
type usageMark struct {
	samples    int
	high       uint64  // of the usage at the first sample and of all marks since
	whole      bool    // every sample but the first had a mark of its own
	first, now *uint64 // the mark since the container was made
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

// usagePeak sets the peak where the kernel knows it: its marks were set back at
// each sample, or the container's usage was never as high before.
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

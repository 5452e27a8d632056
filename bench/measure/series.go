package measure

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// series holds one figure over a phase, in order of time.
type series []reading

type reading struct {
	at time.Time
	v  float64
}

func (s *series) add(at time.Time, v uint64, ok bool) { s.put(at, float64(v), ok) }

func (s *series) put(at time.Time, v float64, ok bool) {
	if ok {
		*s = append(*s, reading{at, v})
	}
}

// mean weighs each reading by its share of the time, by the trapezoid rule. Readings
// are further apart while memory is large, because PSS then costs more.
func (s series) mean() float64 {
	var area, span float64
	for i := 1; i < len(s); i++ {
		dt := s[i].at.Sub(s[i-1].at).Seconds()
		area += dt * (s[i].v + s[i-1].v) / 2
		span += dt
	}
	if span == 0 {
		return s[0].v
	}
	return area / span
}

func (s series) peak() (high float64) {
	for _, r := range s {
		high = max(high, r.v)
	}
	return high
}

// longestGap returns the longest part of the span without a reading.
func (s series) longestGap(in record.Span) (gap time.Duration) {
	last := in.From
	for _, r := range s {
		gap = max(gap, r.at.Sub(last))
		last = r.at
	}
	return max(gap, in.To.Sub(last))
}

// thin returns at most n readings, evenly spaced, as times and values.
func (s series) thin(n int) (at []time.Time, v []float64) {
	step := max(1, (len(s)+n-1)/n)
	for i := 0; i < len(s); i += step {
		at = append(at, s[i].at)
		v = append(v, s[i].v)
	}
	return at, v
}

// memory gathers the samples of one phase.
type memory struct {
	span                      record.Span
	charged, pss, rss, docker series
	proportional              series // headline by PSS: PSS and pages of hugetlbfs
	hugetlb                   series
	swap                      uint64 // the largest of one process
	missing                   string // why the last incomplete sample is incomplete
	noPSS                     string // why the last sample without PSS lacks it
	kernelless                bool   // a cgroup gave no figure for the kernel's memory
	basis                     string // of charged
	account                   pssAccount
	usage                     usageMark
	workers                   workers
	kinds                     memoryParts
}

func (m *memory) see(s metric.Sample) {
	if own := slices.DeleteFunc(slices.Clone(s.Missing), dependencyMissing); len(own) > 0 {
		m.missing = strings.Join(own, "; ")
	}
	m.noPSS = cmp.Or(s.WhyNoPSS(), m.noPSS)
	v, ok := s.PSS()
	m.pss.add(s.At, v, ok)
	v, ok = s.Memory(metric.BasisPSS)
	m.proportional.add(s.At, v, ok)
	if s.Hugetlb != nil {
		m.hugetlb.add(s.At, *s.Hugetlb, true)
	}
	v, ok = s.RSS()
	m.rss.add(s.At, v, ok)
	for _, p := range s.Processes {
		if p.Swap != nil {
			m.swap = max(m.swap, *p.Swap)
		}
	}
	m.workers.see(s)
	m.kinds.see(s)
	if s.Cgroup != nil {
		m.seeCgroup(s)
		m.account.see(s)
	}
}

func (m *memory) seeCgroup(s metric.Sample) {
	m.basis = s.Cgroup.Basis()
	v, ok := s.Memory(m.basis)
	m.kernelless = m.kernelless || !ok
	m.charged.add(s.At, v, ok)
	m.docker.add(s.At, s.Cgroup.WorkingSet(), true)
	m.usage.see(*s.Cgroup)
}

// headline returns the source of the memory metrics. It is the container's charge if
// any sample has it, because the variant then runs in a container; else PSS. The two
// are never mixed.
func (m *memory) headline() (s series, basis string) {
	if len(m.charged) > 0 || m.kernelless {
		return m.charged, m.basis
	}
	return m.proportional, metric.BasisPSS
}

// why explains the absence of the headline in a phase.
func (m *memory) why() string {
	switch {
	case m.kernelless:
		return ": this kernel does not account for its own memory in a cgroup: boot it without cgroup.memory=nokmem"
	case m.missing != "":
		return ": " + m.missing
	default:
		return ""
	}
}

package measure

import (
	"cmp"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// The subjects of the lines in a sample's Missing, which begin with "SUBJECT: ".
const (
	MissingPostgres  = "postgres"
	MissingUpstream  = "upstream"
	missingContainer = "cgroup"
	missingProcesses = "processes"
	missingMachine   = "machine"
	missingPSS       = metric.MissingPSS
)

// MissingSidecar is the subject for a sidecar without a memory reading.
func MissingSidecar(name string) string { return metric.SidecarPrefix + name }

// reasons returns the sample's Missing by subject.
func reasons(s metric.Sample) map[string]string {
	all := map[string]string{}
	for _, line := range s.Missing {
		if subject, why, ok := strings.Cut(line, ": "); ok {
			all[subject] = why
		}
	}
	return all
}

// isDependency reports whether a subject is a program that the variant uses, not the
// variant itself.
func isDependency(subject string) bool {
	return subject == MissingPostgres || subject == MissingUpstream || strings.HasPrefix(subject, metric.SidecarPrefix)
}

const (
	noReading   = "no sample has this reading"
	noContainer = "no sample has the memory of a container"
)

// means is the metrics whose figure is the mean of one reading over the window.
type means struct {
	readings     []reading
	container    bool // a sample has a container
	dependencies bool // a sample has a reading of dependencies
}

type reading struct {
	name    metric.Name
	subject string // in a sample's Missing
	of      func(metric.Sample) *uint64
	absent  string // why all samples lack it, if they do not say; empty: noReading
	series  series
}

func newMeans(sidecars []scenario.Sidecar) *means {
	a := &means{readings: []reading{
		{name: metric.WorkingSetMean, subject: missingContainer,
			of: ofContainer(func(c *metric.Cgroup) *uint64 { return new(c.WorkingSet()) })},
		{name: metric.MemoryAnon, subject: missingContainer, of: ofContainer(func(c *metric.Cgroup) *uint64 { return &c.Anon })},
		{name: metric.MemoryShmem, subject: missingContainer, of: ofContainer(func(c *metric.Cgroup) *uint64 { return &c.Shmem })},
		{name: metric.MemoryKernel, subject: missingContainer, of: ofContainer(func(c *metric.Cgroup) *uint64 { return c.Kernel })},
		{name: metric.MemoryReclaimable, subject: missingContainer,
			of:     ofContainer(func(c *metric.Cgroup) *uint64 { return c.Reclaimable }),
			absent: "the kernel does not separate it from its other memory: cgroup v2 does"},
		{name: metric.MemoryHugetlb, subject: missingPSS, of: func(s metric.Sample) *uint64 { return s.Hugetlb },
			absent: "the samples do not have the huge pages of hugetlbfs"},
		{name: metric.RSSMean, subject: missingProcesses, of: ofProcesses(func(p metric.Process) *uint64 { return &p.RSS })},
		{name: metric.Processes, subject: missingProcesses, of: ofProcesses(func(metric.Process) *uint64 { return new(uint64(1)) })},
		{name: metric.PSSMean, subject: missingPSS, of: ofProcesses(func(p metric.Process) *uint64 { return p.PSS })},
		{name: metric.PSSAnon, subject: missingPSS, of: ofProcesses(func(p metric.Process) *uint64 { return p.PSSAnon })},
		{name: metric.PSSFile, subject: missingPSS, of: ofProcesses(func(p metric.Process) *uint64 { return p.PSSFile })},
		{name: metric.PSSShmem, subject: missingPSS, of: ofProcesses(func(p metric.Process) *uint64 { return p.PSSShmem })},
		{name: metric.PostgresMemory, subject: MissingPostgres,
			of: ofDependencies(func(d *metric.Dependencies) *uint64 { return d.PostgresMemory })},
		{name: metric.PostgresBackends, subject: MissingPostgres,
			of: ofDependencies(func(d *metric.Dependencies) *uint64 { return d.PostgresBackends })},
		{name: metric.UpstreamOpen, subject: MissingUpstream,
			of: ofDependencies(func(d *metric.Dependencies) *uint64 { return d.UpstreamOpen })},
	}}
	for _, sidecar := range sidecars {
		a.readings = append(a.readings, reading{name: sidecar.Memory(), subject: MissingSidecar(sidecar.Name),
			of: ofDependencies(func(d *metric.Dependencies) *uint64 {
				if v, ok := d.Sidecars[sidecar.Name]; ok {
					return &v
				}
				return nil
			})})
	}
	return a
}

func ofContainer(of func(*metric.Cgroup) *uint64) func(metric.Sample) *uint64 {
	return func(s metric.Sample) *uint64 {
		if s.Cgroup == nil {
			return nil
		}
		return of(s.Cgroup)
	}
}

func ofDependencies(of func(*metric.Dependencies) *uint64) func(metric.Sample) *uint64 {
	return func(s metric.Sample) *uint64 {
		if s.Dependencies == nil {
			return nil
		}
		return of(s.Dependencies)
	}
}

// ofProcesses sums a reading over the processes.
func ofProcesses(of func(metric.Process) *uint64) func(metric.Sample) *uint64 {
	return func(s metric.Sample) *uint64 {
		if sum, ok := s.Sum(of); ok {
			return &sum
		}
		return nil
	}
}

func (a *means) add(s metric.Sample) {
	a.container = a.container || s.Cgroup != nil
	a.dependencies = a.dependencies || s.Dependencies != nil
	for i := range a.readings {
		if v := a.readings[i].of(s); v != nil {
			a.readings[i].series.add(s.At, float64(*v), true)
		}
	}
}

func (a *means) report(m *measurement) {
	for _, r := range a.readings {
		switch {
		case isDependency(r.subject) && !a.dependencies: // a run of an older version has no such readings
		case r.subject == missingContainer && !a.container:
			m.mean(r.name, nil, noContainer)
		default:
			m.mean(r.name, r.series, cmp.Or(m.missing[r.subject], r.absent, noReading))
		}
	}
}

// mean sets the mean of the series, or the reason why it has no readings.
func (m *measurement) mean(name metric.Name, s series, why string) {
	if len(s) == 0 {
		m.absent(name, "%s", why)
		return
	}
	m.set(name, s.mean())
}

// series is one reading over a phase, in order of time.
type series []point

type point struct {
	at time.Time
	v  float64
}

func (s *series) add(at time.Time, v float64, ok bool) {
	if ok {
		*s = append(*s, point{at, v})
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

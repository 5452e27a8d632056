package measure

import (
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// account compares the processes' memory, by PSS, with the memory that the kernel
// charges to their container. The two are counted independently, so a process that the
// sampler misses, or counts twice, shows as a residual.
//
// Only anonymous memory must agree. Its pages are charged to the cgroup of the process
// that touched them first, and only that process and its descendants, in the same
// cgroup, can map them. For pages of files and of shared memory neither holds. The page
// cache of a program is charged to its first reader, often a container that is gone
// (PSS is then higher). A process outside may map a page too (PSS is then lower). Their
// residual is shown and never makes a trial invalid.
//
// Shared memory is never added to mapped files: the kernel counts mapped shared memory
// among the mapped files, and unmapped shared memory is in no PSS.
type pssAccount struct {
	anonymous  []pair // by PSS and by cgroup, from each sample that has both
	fileBacked []pair
	total      []pair // sum of all PSS, and anonymous memory by cgroup
	unsplit    bool   // PSS was read, but not by kind
	unmapped   bool   // the cgroup did not report mapped memory
}

// pair is one amount as measured by two instruments, in bytes.
type pair struct{ pss, charged float64 }

// see adds a sample that has a cgroup.
func (a *pssAccount) see(s metric.Sample) {
	pss, ok := s.PSS()
	if !ok {
		return
	}
	a.total = append(a.total, pair{float64(pss), float64(s.Cgroup.Anon)})
	anon, ok := s.Sum(func(p metric.Process) *uint64 { return p.PSSAnon })
	if !ok {
		a.unsplit = true
		return
	}
	a.anonymous = append(a.anonymous, pair{float64(anon), float64(s.Cgroup.Anon)})
	if s.Cgroup.Mapped == nil {
		a.unmapped = true
		return
	}
	a.fileBacked = append(a.fileBacked, pair{float64(pss) - float64(anon), float64(*s.Cgroup.Mapped)})
}

// residual is the median of the differences, in bytes. Memory moves while a sample is
// read, which takes some milliseconds, and by 200 MB a second while a worker starts. A
// health check of the container's daemon lives for a moment. The median ignores such
// short disturbances.
func residual(pairs []pair) float64 {
	return median(pairs, func(p pair) float64 { return p.pss - p.charged })
}

func median(pairs []pair, of func(pair) float64) float64 {
	xs := make([]float64, len(pairs))
	for i, p := range pairs {
		xs[i] = of(p)
	}
	slices.Sort(xs)
	return stats.Quantile(xs, 0.5)
}

// The allowed residual, as a share of the account, and its floor in bytes. In 12 trials
// of the guide's scenario, with four and six processes, the median of a window was
// within 1 MB. A single sample, taken while a worker started, was as far as 42 MB.
// Without any activity the two sums differ by less than 0.1 MB. A missed worker is off
// by its whole memory. The floor is for small services: the kernel may hold back 256 kB
// of each processor's charges.
const (
	residualShare = 0.03
	residualFloor = 8 << 20
)

// reconciled is the fewest readings to judge by: of fewer, one that was taken while a
// worker started could be the median.
const reconciled = 3

// account sets the residuals, and marks a trial invalid if the two sums differ.
func (m *measurement) pssAccount(a pssAccount) {
	m.residual(metric.PSSResidual, a.anonymous, a)
	m.residual(metric.PSSResidualFile, a.fileBacked, a)
	switch {
	case len(a.anonymous) >= reconciled:
		m.agree(a.anonymous, true)
	case len(a.total) >= reconciled: // at least all anonymous memory is in PSS
		m.agree(a.total, false)
	}
}

func (m *measurement) residual(name metric.Name, pairs []pair, a pssAccount) {
	switch {
	case len(pairs) > 0:
		m.set(name, residual(pairs))
	case a.unsplit:
		m.absent(name, "the samples do not split PSS by kind of memory: the kernel does since Linux 5.3")
	case a.unmapped:
		m.absent(name, "the samples do not say how much of the container's page cache is mapped")
	case m.noPSS != "":
		m.absent(name, "%s", m.noPSS)
	default:
		m.absent(name, "no sample holds both the container's account and the PSS of all its processes")
	}
}

// agree compares the two sums. If PSS may be too high, because it holds more than the
// account, agree only checks that it is not too low.
func (m *measurement) agree(pairs []pair, bothWays bool) {
	apart := residual(pairs)
	pss, charged := median(pairs, func(p pair) float64 { return p.pss }), median(pairs, func(p pair) float64 { return p.charged })
	allowed := max(residualShare*charged, residualFloor)
	if apart < -allowed || bothWays && apart > allowed {
		m.invalid(metric.MemoryUnaccounted, metric.MemoryMetrics, "the processes hold %s by PSS and their container is charged %s of anonymous memory, %s apart, allowed are %s: a process was missed or counted twice, or one runs in the container that the root did not start",
			metric.FormatValue(pss, metric.UnitBytes), metric.FormatValue(charged, metric.UnitBytes), metric.FormatValue(apart, metric.UnitBytes), metric.FormatValue(allowed, metric.UnitBytes))
	}
}

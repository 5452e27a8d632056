package measure

import (
	"cmp"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// pssAccount compares the processes' memory, by PSS, with the memory that the kernel
// charges to their container. The two are counted independently, so a process that the
// sampler misses, or counts twice, shows as a residual.
//
// Only anonymous memory must agree: only the process that touched a page first and its
// descendants, in the same cgroup, can map it. The page cache of a program is charged to
// its first reader, often a container that is gone (PSS is then higher), and a process
// outside may map a page too (PSS is then lower). That residual is shown and never makes
// a trial invalid.
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

func (a *pssAccount) add(s metric.Sample) {
	pss, ok := s.PSS()
	if s.Cgroup == nil || !ok {
		return
	}
	charged := float64(s.Cgroup.Anon)
	a.total = append(a.total, pair{float64(pss), charged})
	anon, ok := s.Sum(func(p metric.Process) *uint64 { return p.PSSAnon })
	switch {
	case !ok:
		a.unsplit = true
		return
	case s.Cgroup.Mapped == nil:
		a.unmapped = true
	default:
		a.fileBacked = append(a.fileBacked, pair{float64(pss) - float64(anon), float64(*s.Cgroup.Mapped)})
	}
	a.anonymous = append(a.anonymous, pair{float64(anon), charged})
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

// The allowed residual, as a share of the charged memory and at least in bytes. In 12 trials
// of the guide's scenario, with four and six processes, the median of a window was
// within 1 MB. A single sample, taken while a worker started, was as far as 42 MB.
// Without any activity the two sums differ by less than 0.1 MB. A missed worker is off
// by its whole memory. The minimum is for small services: the kernel may hold back 256 kB
// of each processor's charges.
const (
	residualShare = 0.03
	residualMin   = 8 << 20
)

// reconciled is the fewest readings to judge by: of fewer, one that was taken while a
// worker started could be the median.
const reconciled = 3

// report sets the residuals, and marks a trial invalid if the two sums differ.
func (a *pssAccount) report(m *measurement) {
	a.residual(m, metric.PSSResidual, a.anonymous)
	a.residual(m, metric.PSSResidualFile, a.fileBacked)
	switch {
	case len(a.anonymous) >= reconciled:
		m.compareSums(a.anonymous, true)
	case len(a.total) >= reconciled: // at least all anonymous memory is in PSS
		m.compareSums(a.total, false)
	}
}

func (a *pssAccount) residual(m *measurement, name metric.Name, pairs []pair) {
	switch {
	case len(pairs) > 0:
		m.set(name, residual(pairs))
	case a.unsplit:
		m.absent(name, "the samples do not split PSS by kind of memory: the kernel does since Linux 5.3")
	case a.unmapped:
		m.absent(name, "the samples do not say how much of the container's page cache is mapped")
	default:
		m.absent(name,
			"%s", cmp.Or(m.missing[missingPSS], "no sample has both the container's memory and the PSS of all its processes"))
	}
}

// compareSums marks a trial invalid if the two sums differ. Without bothWays PSS may be
// higher, because it has more than the container's sum.
func (m *measurement) compareSums(pairs []pair, bothWays bool) {
	apart := residual(pairs)
	pss, charged := median(pairs, func(p pair) float64 { return p.pss }), median(pairs, func(p pair) float64 { return p.charged })
	allowed := max(residualShare*charged, residualMin)
	if apart < -allowed || bothWays && apart > allowed {
		m.invalid(metric.MemoryUnaccounted, metric.MemoryMetrics,
			"the processes hold %s by PSS and their container is charged %s of anonymous memory: "+
				"they differ by %s, at most %s allowed; "+
				"a process was missed or counted twice, or the container runs one that the root did not start",
			formatBytes(pss), formatBytes(charged), formatBytes(apart), formatBytes(allowed))
	}
}

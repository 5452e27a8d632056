package measure

import (
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// account sets what the processes hold, by PSS, against what the kernel charges
// to their container. The two are counted independently, so that a process
// which the meter misses, or counts twice, shows as a residual.
//
// Only anonymous memory must agree. Its pages are charged to the cgroup of the
// process that touched them first, and none but that process and its
// descendants, who are in the same cgroup, can map them. With pages of files
// and of shared memory neither holds: the page cache of a program is charged to
// whoever read it first, often a container that is long gone (PSS is then
// higher), and a process outside may map a page too (PSS is then lower). Their
// residual is shown and judges nothing.
//
// Shared memory is never added to mapped files: the kernel counts mapped shared
// memory among the mapped files, and what of it nobody maps is in no PSS.
type account struct {
	anonymous  []pair // by PSS and by cgroup, of each sample that has both
	fileBacked []pair
	total      []pair // sum of all PSS, and anonymous memory by cgroup
	unsplit    bool   // PSS was read, and not by kind
	unmapped   bool   // the cgroup did not say what is mapped
}

// pair is one amount as two instruments give it, in bytes.
type pair struct{ pss, charged float64 }

// see takes a sample that has a cgroup.
func (a *account) see(s metric.Sample) {
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

// residual is the median of the differences. Memory moves while a sample is
// read, some milliseconds, and by 200 MB a second where a worker starts; a
// health check that a container's daemon runs lives for a moment. The median
// asks what holds most of the time.
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

// The residual that is allowed, as a share of the account and at least in
// bytes. In 12 trials of the guide's scenario, of four and of six processes,
// the median of a window stood within 1 MB and a single sample, taken while a
// worker started, as far as 42 MB; held still, the two sums differ by less than
// 0.1 MB. A worker that is missed is its whole memory. The floor is for small
// services: the kernel may keep back 256 kB of each processor's charges.
const (
	residualShare = 0.03
	residualFloor = 8 << 20
)

// reconciled is how many readings it takes to judge: of fewer, one that fell
// into the start of a worker could be the median.
const reconciled = 3

// account gives the residuals, and refuses a trial whose two sums differ.
func (m *measurement) account(a account) {
	m.residual(metric.PSSResidual, a.anonymous, a)
	m.residual(metric.PSSResidualFile, a.fileBacked, a)
	switch {
	case len(a.anonymous) >= reconciled:
		m.agree(a.anonymous, true)
	case len(a.total) >= reconciled: // at least all anonymous memory is in PSS
		m.agree(a.total, false)
	}
}

func (m *measurement) residual(name metric.Name, pairs []pair, a account) {
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

// agree compares the two sums; one that may be too high, as it holds more than
// the other, is only held to be no lower.
func (m *measurement) agree(pairs []pair, bothWays bool) {
	apart := residual(pairs)
	pss, charged := median(pairs, func(p pair) float64 { return p.pss }), median(pairs, func(p pair) float64 { return p.charged })
	allowed := max(residualShare*charged, residualFloor)
	if apart < -allowed || bothWays && apart > allowed {
		m.invalid(metric.MemoryUnaccounted, metric.MemoryMetrics, "the processes hold %s by PSS and their container is charged %s of anonymous memory, %s apart, allowed are %s: a process was missed or counted twice, or one runs in the container that the root did not start",
			metric.FormatValue(pss, metric.UnitBytes), metric.FormatValue(charged, metric.UnitBytes), metric.FormatValue(apart, metric.UnitBytes), metric.FormatValue(allowed, metric.UnitBytes))
	}
}

package measure

import (
	"cmp"

	"github.com/memproof/memproof/bench/metric"
)

// kinds splits memory by kind: a leak in the heap is anonymous, one in a cache on tmpfs
// is shared, one of page tables and sockets is the kernel's.
type memoryParts struct {
	pssAnon, pssFile, pssShmem series
	anon, shmem, kernel        series
	reclaimable                series // the part of kernel that can be reclaimed
}

func (k *memoryParts) see(s metric.Sample) {
	k.seeProcesses(s)
	if c := s.Cgroup; c != nil {
		k.anon.add(s.At, c.Anon, true)
		k.shmem.add(s.At, c.Shmem, true)
		if c.Kernel != nil {
			k.kernel.add(s.At, *c.Kernel, true)
		}
		if c.Reclaimable != nil {
			k.reclaimable.add(s.At, *c.Reclaimable, true)
		}
	}
}

func (k *memoryParts) seeProcesses(s metric.Sample) {
	v, ok := s.Sum(func(p metric.Process) *uint64 { return p.PSSAnon })
	k.pssAnon.add(s.At, v, ok)
	v, ok = s.Sum(func(p metric.Process) *uint64 { return p.PSSFile })
	k.pssFile.add(s.At, v, ok)
	v, ok = s.Sum(func(p metric.Process) *uint64 { return p.PSSShmem })
	k.pssShmem.add(s.At, v, ok)
}

func (m *measurement) memoryParts(k memoryParts) {
	m.meanPSS(metric.PSSAnon, k.pssAnon)
	m.meanPSS(metric.PSSFile, k.pssFile)
	m.meanPSS(metric.PSSShmem, k.pssShmem)
	for name, s := range map[metric.Name]series{metric.MemoryAnon: k.anon, metric.MemoryShmem: k.shmem, metric.MemoryKernel: k.kernel} {
		if len(k.anon) == 0 {
			m.absent(name, "no sample holds the account of a container")
			continue
		}
		m.mean(name, s)
	}
	m.reclaimable(k)
}

func (m *measurement) reclaimable(k memoryParts) {
	switch {
	case len(k.reclaimable) > 0:
		m.set(metric.MemoryReclaimable, k.reclaimable.mean())
	case len(k.anon) > 0:
		m.absent(metric.MemoryReclaimable, "the kernel does not tell it from the rest of its memory: cgroup v2 does")
	default:
		m.absent(metric.MemoryReclaimable, "no sample holds the account of a container")
	}
}

// hugetlb sets its figure; the headline contains it with any basis.
func (m *measurement) hugetlb(s series) {
	if len(s) == 0 {
		m.absent(metric.MemoryHugetlb, "%s", cmp.Or(m.noPSS, "the samples do not tell huge pages of hugetlbfs"))
		return
	}
	m.set(metric.MemoryHugetlb, s.mean())
}

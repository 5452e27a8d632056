package metric

import "strings"

// Memory is the sample's memory by that basis, in bytes. ok is false if the sample lacks
// it, as most do on a host, where PSS is costly to read; another basis never fills the gap.
// No basis contains pages of hugetlbfs, so they are added.
func (s Sample) Memory(basis string) (bytes uint64, ok bool) {
	switch {
	case basis == BasisPSS:
		bytes, ok = s.PSS()
	case s.Cgroup != nil && s.Cgroup.Basis() == basis:
		bytes, ok = s.Cgroup.Charged()
	}
	if ok && s.Hugetlb != nil {
		bytes += *s.Hugetlb
	}
	return bytes, ok
}

// Memory bases: the parts that a run's memory metrics consist of.
const (
	BasisCharged       = "charged"               // anon + shmem + kernel of the container, reclaimable slab included
	BasisUnreclaimable = "charged_unreclaimable" // anon + shmem + kernel of the container without reclaimable slab
	BasisPSS           = "pss"                   // sum of PSS over the processes
)

// Lacks names what the sample lacks for the memory metrics, and the remedy if one is known;
// empty if it lacks nothing. A variant in a container needs the account of its cgroup, any
// other needs the PSS of its processes.
func (s Sample) Lacks(contained bool) string {
	_, pss := s.PSS()
	switch {
	case contained && s.Cgroup == nil:
		return "its samples lack the memory of its container" + s.because()
	case contained && s.Cgroup.Kernel == nil:
		return "the kernel gives no figure for its own memory in a cgroup: boot it without cgroup.memory=nokmem"
	case !contained && !pss:
		return "its samples lack the PSS of its processes" + s.because()
	}
	return ""
}

// because returns the reason that the sampler recorded.
func (s Sample) because() string {
	if len(s.Missing) == 0 {
		return ""
	}
	return ": " + strings.Join(s.Missing, "; ")
}

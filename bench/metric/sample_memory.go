package metric

// Memory is the sample's headline memory by that basis, in bytes. ok is false if the
// sample lacks it. That is usual on a host, where PSS is costly to read; another basis
// never fills the gap. Pages of hugetlbfs are added to each basis, since none contains
// them.
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

// Workers returns the children of the root process, oldest first.
func (s Sample) Workers() (children []Process) {
	root := s.Root()
	for _, p := range s.Processes {
		if p.PPID == root && p.PID != root {
			children = append(children, p)
		}
	}
	return children
}

// Root is the pid of the process whose parent is not in the sample; 0 without
// processes. It is not always the first of the list: a child of the same clock tick may
// have a lower pid.
func (s Sample) Root() int {
	known := make(map[int]bool, len(s.Processes))
	for _, p := range s.Processes {
		known[p.PID] = true
	}
	for _, p := range s.Processes {
		if !known[p.PPID] {
			return p.PID
		}
	}
	return 0
}

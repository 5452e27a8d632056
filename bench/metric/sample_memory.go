package metric

// Memory is the sample's headline memory by that basis, in bytes. ok is false
// where the sample lacks it, as most do on a host, since PSS is costly to read;
// another basis never fills the gap. Huge pages of hugetlbfs are added to each
// basis: they are in none of them.
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

// Memory bases: what the memory metrics of a run are made of.
const (
	BasisCharged       = "charged"               // anon + shmem + kernel of the container, reclaimable slab included
	BasisUnreclaimable = "charged_unreclaimable" // anon + shmem + kernel of the container without reclaimable slab
	BasisPSS           = "pss"                   // sum of PSS over the processes
)

// Workers are the children of the root process, oldest first.
func (s Sample) Workers() (children []Process) {
	root := s.Root()
	for _, p := range s.Processes {
		if p.PPID == root && p.PID != root {
			children = append(children, p)
		}
	}
	return children
}

// Root is the pid of the process whose parent is none of the sample's; 0
// without processes. It is not always the first of the list: a child of the
// same clock tick may have a lower pid.
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

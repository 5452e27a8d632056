package metric

import "time"

// Sample is one reading of the memory and CPU of a variant at one instant. A value that
// could not be read is nil and named in Missing.
type Sample struct {
	At time.Time `json:"at"`
	// Cgroup is the account of the variant's container. It is nil if the variant has no
	// cgroup of its own, as on the host engine.
	Cgroup *Cgroup `json:"cgroup,omitempty"`
	// Processes are the root process and all its descendants, of any name, oldest
	// first. It is nil if one of them vanished during the reading.
	Processes []Process `json:"processes,omitempty"`
	// Hugetlb is the size of the variant's hugetlbfs pages in bytes, each counted once;
	// they are neither in Cgroup nor in PSS. It comes from the container's cgroup if
	// that counts them, else from the processes, as of the last sample that read
	// smaps_rollup. nil if neither is known.
	Hugetlb *uint64 `json:"hugetlb,omitempty"`
	// Machine is the activity of the whole machine; nil if the sampler cannot read it.
	Machine *Machine `json:"machine,omitempty"`
	// Dependencies is nil in most samples: it is read once a second.
	Dependencies *Dependencies `json:"dependencies,omitempty"`
	// Missing gives the reason why Cgroup, Processes or a figure of a process is absent, for
	// instance "processes: pid 17 vanished while being read".
	Missing []string `json:"missing,omitempty"`
}

// MissingPSS is the entry in Missing when PSS and the other values of smaps_rollup are
// absent.
const MissingPSS = "pss"

// Cgroup is the memory that the kernel charges to one container, in bytes. Each page is
// counted once, in the cgroup that touched it first. A field is nil if this kernel does
// not give it.
type Cgroup struct {
	Version int `json:"version"` // 1 or 2

	Usage        uint64  `json:"usage"`         // all charged memory, page cache included
	Anon         uint64  `json:"anon"`          // private anonymous memory: v1 total_rss, v2 anon
	Shmem        uint64  `json:"shmem"`         // tmpfs, memfd and shared anonymous maps
	File         uint64  `json:"file"`          // page cache without shmem
	Mapped       *uint64 `json:"mapped"`        // the part of Shmem and File that a process maps, here or elsewhere: v1 total_mapped_file, v2 file_mapped
	InactiveFile uint64  `json:"inactive_file"` // page cache that the kernel would drop first
	Kernel       *uint64 `json:"kernel"`        // slab, stacks, page tables: v1 memory.kmem.usage_in_bytes, v2 kernel
	// Reclaimable is the part of Kernel that the kernel can drop: caches of directory
	// entries and inodes. v2 slab_reclaimable; nil under v1, which does not separate
	// it.
	Reclaimable *uint64 `json:"slab_reclaimable,omitempty"`
	Sock        *uint64 `json:"sock"` // network buffers: v1 memory.kmem.tcp.usage_in_bytes, v2 sock
	Peak        *uint64 `json:"peak"` // highest Usage since the cgroup was created
	// PeakSince is the highest Usage since the previous sample. It is nil in the first
	// sample, and where the kernel cannot reset its peak: that needs Linux 6.12, cgroup
	// v2 and a writable cgroup file system.
	PeakSince *uint64 `json:"peak_since,omitempty"`
	OOMKills  *uint64 `json:"oom_kills"` // processes that the kernel killed for lack of memory since the cgroup was created

	CPUSeconds *float64 `json:"cpu_seconds"` // user and system time since the cgroup was created
	// Throttled is the CPU throttling in seconds, summed over processors: it was ready
	// to run and its CPU quota was used up. 0 without a quota.
	Throttled *float64 `json:"throttled,omitempty"`
	// Limits are in the first sample only; nil if they cannot be read.
	Limits *CgroupLimits `json:"limits,omitempty"`
}

// CgroupLimits are the limits of a container that the kernel reports.
type CgroupLimits struct {
	Memory uint64  `json:"memory"` // bytes; 0: no limit
	CPUs   float64 `json:"cpus"`   // quota in processors; 0: none
}

// Dependencies is one reading of the services that the variant uses. A value that could
// not be read is nil and named in the sample's Missing.
type Dependencies struct {
	// PostgresMemory is the memory of the whole server in bytes, by the basis of the
	// variant's memory: see [Sample.Memory].
	PostgresMemory *uint64 `json:"postgres_memory,omitempty"`
	// PostgresBackends counts the server's processes for connections to the trial's
	// database: pg_stat_activity without the server's own workers.
	PostgresBackends *uint64 `json:"postgres_backends,omitempty"`
	// UpstreamOpen counts the open connections of the upstream.
	UpstreamOpen *uint64 `json:"upstream_open,omitempty"`
	// Sidecars holds the memory of each sidecar in bytes, by the basis of the variant's
	// memory. A sidecar that was not read has no entry.
	Sidecars map[string]uint64 `json:"sidecars,omitempty"`
}

// Charged is the memory by the container's own [Cgroup.Basis], in bytes: anon + shmem +
// kernel, each page once. It leaves out the page cache, which is charged to the first
// cgroup that touches a file and so differs between equal containers, and for the same
// reason reclaimable slab. ok is false if the kernel does not report its own memory.
func (c Cgroup) Charged() (bytes uint64, ok bool) {
	if c.Kernel == nil {
		return 0, false
	}
	kernel := *c.Kernel
	if c.Reclaimable != nil {
		kernel -= min(kernel, *c.Reclaimable) // the two are read at different instants
	}
	return c.Anon + c.Shmem + kernel, true
}

// Basis names the parts of [Cgroup.Charged]: [BasisUnreclaimable] if the kernel
// separates reclaimable memory, else [BasisCharged]. With the latter the first trial
// that looks up a file is charged for it, and later trials are not.
func (c Cgroup) Basis() string {
	if c.Reclaimable != nil {
		return BasisUnreclaimable
	}
	return BasisCharged
}

// WorkingSet is the figure of `docker stats` in bytes: usage without the inactive page
// cache.
func (c Cgroup) WorkingSet() uint64 {
	if c.InactiveFile > c.Usage { // the two are read at different instants
		return 0
	}
	return c.Usage - c.InactiveFile
}

// Process is one process of the variant, in bytes. PSS and its parts, USS, AnonHuge,
// Swap, FDs and the hugetlbfs pages are nil in samples that did not read smaps_rollup.
// That file costs milliseconds per process, so it is read less often than the rest.
type Process struct {
	PID   int     `json:"pid"`
	PPID  int     `json:"ppid"`
	Start uint64  `json:"start"` // clock ticks after boot; with PID the identity of the process
	Name  string  `json:"name"`  // comm
	RSS   uint64  `json:"rss"`   // resident pages, shared ones counted in full
	PSS   *uint64 `json:"pss,omitempty"`
	USS   *uint64 `json:"uss,omitempty"` // resident pages that no other process maps
	// PSSAnon, PSSFile and PSSShmem add up to PSS; nil before Linux 5.3.
	PSSAnon  *uint64 `json:"pss_anon,omitempty"`
	PSSFile  *uint64 `json:"pss_file,omitempty"`
	PSSShmem *uint64 `json:"pss_shmem,omitempty"`
	AnonHuge *uint64 `json:"anon_huge,omitempty"` // the part of RSS in anonymous transparent huge pages
	Swap     *uint64 `json:"swap,omitempty"`
	// Pages of hugetlbfs that only this process maps, and that it maps with others.
	// RSS, PSS and USS contain neither.
	HugetlbPrivate *uint64 `json:"hugetlb_private,omitempty"`
	HugetlbShared  *uint64 `json:"hugetlb_shared,omitempty"`
	Threads        int     `json:"threads"`
	FDs            *int    `json:"fds,omitempty"`
	CPU            float64 `json:"cpu"` // user and system seconds since its start
}

// ProcessID identifies a process: the kernel reuses numbers.
type ProcessID struct {
	PID   int
	Start uint64 // clock ticks after boot
}

// ID returns the process's identity.
func (p Process) ID() ProcessID { return ProcessID{p.PID, p.Start} }

// PSS sums the proportional set size over all processes, so each shared page counts
// once. In bytes; ok is false if one process lacks the figure.
func (s Sample) PSS() (bytes uint64, ok bool) {
	return s.Sum(func(p Process) *uint64 { return p.PSS })
}

// Sum adds a figure up over all processes. ok is false if one of them lacks it: a
// partial sum would look like the whole.
func (s Sample) Sum(figure func(Process) *uint64) (bytes uint64, ok bool) {
	for _, p := range s.Processes {
		v := figure(p)
		if v == nil {
			return 0, false
		}
		bytes += *v
	}
	return bytes, len(s.Processes) > 0
}

// RSS sums the resident set size over all processes, in bytes. It counts a shared page
// once per process; it is shown because ps and top show it.
func (s Sample) RSS() (bytes uint64, ok bool) {
	return s.Sum(func(p Process) *uint64 { return &p.RSS })
}

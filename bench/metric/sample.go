package metric

import (
	"strings"
	"time"
)

// Sample is one reading of the memory and CPU of a variant at one instant.
// What could not be read is nil and named in Missing.
type Sample struct {
	At time.Time `json:"at"`
	// Cgroup is the account of the variant's container; nil where the variant
	// has no cgroup of its own, as on the host engine.
	Cgroup *Cgroup `json:"cgroup,omitempty"`
	// Processes are the root process and all its descendants, whatever their
	// name, oldest first; nil where one of them vanished while being read.
	Processes []Process `json:"processes,omitempty"`
	// Hugetlb are the huge pages of hugetlbfs that the variant holds, each once, in
	// bytes: they are neither in Cgroup nor in PSS. It is the container's count
	// where its cgroup has one; else that of the processes, as of the last sample
	// that read their smaps_rollup. nil where neither is known.
	Hugetlb *uint64 `json:"hugetlb,omitempty"`
	// Machine is what the whole machine did; nil where the sampler can't tell.
	Machine *Machine `json:"machine,omitempty"`
	// Around is what served the variant; nil in most samples, as it is read once
	// a second.
	Around *Around `json:"around,omitempty"`
	// Missing says why Cgroup, Processes or a figure of a process is absent, for
	// instance "processes: pid 17 vanished while being read".
	Missing []string `json:"missing,omitempty"`
}

// MissingPSS is what a sample's Missing names where PSS, and all else that
// smaps_rollup gives, is absent.
const MissingPSS = "pss"

// WhyNoPSS is why the sample lacks it; empty where it does not say.
func (s Sample) WhyNoPSS() string {
	for _, line := range s.Missing {
		if why, ok := strings.CutPrefix(line, MissingPSS+": "); ok {
			return why
		}
	}
	return ""
}

// Cgroup is what the kernel charges to one container, in bytes. Each page is
// counted once, to the cgroup that touched it first. A nil field is a figure
// that this kernel does not give.
type Cgroup struct {
	Version int `json:"version"` // 1 or 2

	Usage        uint64  `json:"usage"`         // all that is charged, page cache included
	Anon         uint64  `json:"anon"`          // private anonymous memory: v1 total_rss, v2 anon
	Shmem        uint64  `json:"shmem"`         // tmpfs, memfd and shared anonymous maps
	File         uint64  `json:"file"`          // page cache without shmem
	Mapped       *uint64 `json:"mapped"`        // of Shmem and File what a process maps, here or elsewhere: v1 total_mapped_file, v2 file_mapped
	InactiveFile uint64  `json:"inactive_file"` // page cache that the kernel would drop first
	Kernel       *uint64 `json:"kernel"`        // slab, stacks, page tables: v1 memory.kmem.usage_in_bytes, v2 kernel
	// Reclaimable is what of Kernel the kernel drops at need: caches of
	// directory entries and inodes. v2 slab_reclaimable; nil under v1, which
	// does not tell it from the rest.
	Reclaimable *uint64 `json:"slab_reclaimable,omitempty"`
	Sock        *uint64 `json:"sock"` // network buffers: v1 memory.kmem.tcp.usage_in_bytes, v2 sock
	Peak        *uint64 `json:"peak"` // highest Usage since the cgroup was made
	// PeakSince is the highest Usage since the sample before; nil in the first
	// sample and where the kernel's mark can't be set back: that needs Linux 6.12,
	// cgroup v2 and a writable cgroup file system.
	PeakSince *uint64 `json:"peak_since,omitempty"`
	OOMKills  *uint64 `json:"oom_kills"` // processes killed for want of memory since the cgroup was made

	CPUSeconds *float64 `json:"cpu_seconds"` // user and system time since the cgroup was made
	// Throttled is for how long, in seconds summed over processors, it could
	// have run and its CPU quota was used up; 0 without a quota.
	Throttled *float64 `json:"throttled,omitempty"`
	// Limits stand in the first sample alone; nil where they can't be read.
	Limits *CgroupLimits `json:"limits,omitempty"`
}

// CgroupLimits are what a container is held to, as the kernel says.
type CgroupLimits struct {
	Memory uint64  `json:"memory"` // bytes; 0: no limit
	CPUs   float64 `json:"cpus"`   // quota in processors; 0: none
}

// Around is one reading of what serves the variant. What could not be read is
// nil and named in the sample's Missing, for instance "postgres: not ours to
// look into".
type Around struct {
	// PostgresMemory is that of the whole server in bytes, by the basis of the
	// variant's headline: see [Sample.Memory].
	PostgresMemory *uint64 `json:"postgres_memory,omitempty"`
	// PostgresBackends are the server's processes for connections to the
	// trial's database: pg_stat_activity without the server's own workers.
	PostgresBackends *uint64 `json:"postgres_backends,omitempty"`
	// UpstreamOpen are the connections that the upstream has open.
	UpstreamOpen *uint64 `json:"upstream_open,omitempty"`
	// Beside is the memory of each companion in bytes, by the basis of the
	// variant's headline. One that was not read is not in it.
	Beside map[string]uint64 `json:"beside,omitempty"`
}

// Charged is the headline by the container's own [Cgroup.Basis]: anon + shmem +
// kernel, each page once. It leaves out the page cache, which is charged to the
// first who touches a file and so differs between two equal containers. For the
// same reason it leaves out reclaimable slab where the kernel tells how much
// there is. ok is false where the kernel gives no figure for its own memory.
func (c Cgroup) Charged() (bytes uint64, ok bool) {
	if c.Kernel == nil {
		return 0, false
	}
	kernel := *c.Kernel
	if c.Reclaimable != nil {
		kernel -= min(kernel, *c.Reclaimable) // the two are not read at one instant
	}
	return c.Anon + c.Shmem + kernel, true
}

// Basis says what [Cgroup.Charged] is made of: [BasisUnreclaimable] where the
// kernel tells its reclaimable memory from the rest, else [BasisCharged]. By
// the latter the first trial that looks a file up is charged for it, and later
// ones are not.
func (c Cgroup) Basis() string {
	if c.Reclaimable != nil {
		return BasisUnreclaimable
	}
	return BasisCharged
}

// DockerStats is the figure that `docker stats` shows: usage without the
// inactive page cache.
func (c Cgroup) DockerStats() uint64 {
	if c.InactiveFile > c.Usage { // the two are not read at one instant
		return 0
	}
	return c.Usage - c.InactiveFile
}

// Process is one process of the variant, in bytes. PSS and its parts, USS,
// AnonHuge, Swap, FDs and the huge pages of hugetlbfs are nil in samples that did not read smaps_rollup,
// which costs milliseconds a process and is therefore read less often than the
// rest.
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
	AnonHuge *uint64 `json:"anon_huge,omitempty"` // of RSS, anonymous memory in transparent huge pages
	Swap     *uint64 `json:"swap,omitempty"`
	// Huge pages of hugetlbfs that this process alone maps, and that it maps with
	// others; neither is in RSS, PSS or USS.
	HugetlbPrivate *uint64 `json:"hugetlb_private,omitempty"`
	HugetlbShared  *uint64 `json:"hugetlb_shared,omitempty"`
	Threads        int     `json:"threads"`
	FDs            *int    `json:"fds,omitempty"`
	CPU            float64 `json:"cpu"` // user and system seconds since its start
}

// ProcessID tells one process from another: the kernel gives a number again.
type ProcessID struct {
	PID   int
	Start uint64 // clock ticks after boot
}

// ID is the process' identity.
func (p Process) ID() ProcessID { return ProcessID{p.PID, p.Start} }

// PSS sums the proportional set size over all processes, each shared page
// once. ok is false where one process lacks the figure.
func (s Sample) PSS() (bytes uint64, ok bool) {
	return s.Sum(func(p Process) *uint64 { return p.PSS })
}

// Sum adds a figure up over all processes. ok is false where one of them lacks
// it: a partial sum would pass for the whole.
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

// RSS sums the resident set size over all processes: what people add up,
// wrongly, since every shared page is counted once a process.
func (s Sample) RSS() (bytes uint64, ok bool) {
	for _, p := range s.Processes {
		bytes += p.RSS
	}
	return bytes, len(s.Processes) > 0
}

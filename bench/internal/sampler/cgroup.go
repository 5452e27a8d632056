package sampler

import (
	"cmp"
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/metric"
)

// cgroup reads the account of one container.
type cgroup struct {
	dir  *dir
	read func(*dir) (metric.Cgroup, error)
	peak *peakMark // nil where the kernel's mark can't be set back
	huge []string  // files of its hugetlb controller; none without it
	told bool      // its limits, in the first sample
}

// account reads the whole account.
func (c *cgroup) account() (metric.Cgroup, error) {
	a, err := c.read(c.dir)
	if err == nil && c.peak != nil {
		a.PeakSince, err = c.peak.since()
	}
	if err != nil {
		return metric.Cgroup{}, err
	}
	return a, nil
}

// openCgroup tells the version by the files that are there: only a v2
// hierarchy has cgroup.controllers at its top, and only a v1 hierarchy has a
// folder for each controller.
func openCgroup(d *dir) (*cgroup, error) {
	version, err := cgroupVersion(d)
	if err != nil {
		return nil, err
	}
	c := &cgroup{dir: d, read: readV1}
	if version == 2 {
		c.read = readV2
	}
	c.huge, err = hugetlbFiles(d, version)
	return c, err
}

func cgroupVersion(d *dir) (int, error) {
	v2, err2 := d.exists("cgroup.controllers")
	memory, err := d.exists("memory.current")
	v1, err1 := d.exists("memory/memory.usage_in_bytes")
	if err := cmp.Or(err2, err, err1); err != nil { // a sidecar without CAP_SYS_PTRACE
		return 0, err
	}
	switch {
	case v2 && memory:
		return 2, nil
	case v2:
		return 0, fmt.Errorf("%s has no memory.current: it is the root cgroup (give containers a cgroup namespace of their own: dockerd --default-cgroupns-mode=private), or its parent does not enable the memory controller", d.path)
	case v1:
		return 1, nil
	default:
		return 0, fmt.Errorf("%s is no cgroup: there is neither cgroup.controllers (v2) nor memory/memory.usage_in_bytes (v1)", d.path)
	}
}

// readV1 reads the memory and cpuacct controllers of cgroup v1
// (Documentation/admin-guide/cgroup-v1/memory.rst). The total_ figures include
// the cgroups below. kmem is in usage_in_bytes but in neither total_rss nor
// total_cache, so the three may be added; kmem.tcp is in none of them.
func readV1(d *dir) (metric.Cgroup, error) {
	f := figures{dir: d}
	c := metric.Cgroup{Version: 1}
	var cache uint64
	stat := f.keys("memory/memory.stat", want{"total_rss", &c.Anon}, want{"total_shmem", &c.Shmem},
		want{"total_cache", &cache}, want{"total_inactive_file", &c.InactiveFile})
	c.File = less(cache, c.Shmem)
	c.Mapped = f.key("memory/memory.stat", stat, "total_mapped_file")
	c.Usage = f.number("memory/memory.usage_in_bytes")
	c.Kernel = accounted(f.optional("memory/memory.kmem.usage_in_bytes"))
	c.Sock = f.optional("memory/memory.kmem.tcp.usage_in_bytes")
	c.Peak = f.optional("memory/memory.max_usage_in_bytes")
	c.OOMKills = f.optionalKey("memory/memory.oom_control", "oom_kill") // since Linux 4.13
	c.CPUSeconds = seconds(f.optional("cpuacct/cpuacct.usage", "cpu,cpuacct/cpuacct.usage"), 1e9)
	c.Throttled = throttledV1(&f)
	return c, f.err
}

// readV2 reads a cgroup v2 (Documentation/admin-guide/cgroup-v2.rst), whose
// figures include the cgroups below.
func readV2(d *dir) (metric.Cgroup, error) {
	f := figures{dir: d}
	c := metric.Cgroup{Version: 2, Usage: f.number("memory.current")}
	var file uint64
	stat := f.keys("memory.stat", want{"anon", &c.Anon}, want{"shmem", &c.Shmem},
		want{"file", &file}, want{"inactive_file", &c.InactiveFile})
	c.File = less(file, c.Shmem)
	c.Mapped = f.key("memory.stat", stat, "file_mapped")
	c.Sock = f.key("memory.stat", stat, "sock")
	if c.Kernel = kernelV2(&f, stat, c.Usage); c.Kernel != nil {
		c.Reclaimable = f.key("memory.stat", stat, "slab_reclaimable")
	}
	c.Peak = f.optional("memory.peak") // since Linux 5.19
	c.OOMKills = f.optionalKey("memory.events", "oom_kill")
	c.CPUSeconds = seconds(f.optionalKey("cpu.stat", "usage_usec"), 1e6)
	c.Throttled = seconds(f.optionalKey("cpu.stat", "throttled_usec"), 1e6)
	return c, f.err
}

// kernelV2 is the memory of the kernel itself. Since Linux 5.18 memory.stat has
// it under one key; 0 is nokmem, see accounted. Before, it is what is charged
// beyond memory of user space and network buffers.
func kernelV2(f *figures, stat []byte, usage uint64) *uint64 {
	if kernel := f.key("memory.stat", stat, "kernel"); kernel != nil {
		return accounted(kernel)
	}
	if !f.accounts(stat) {
		return nil
	}
	return f.beyond(stat, usage)
}

// accounts says whether the kernel charges its own memory to cgroups. With
// cgroup.memory=nokmem it has neither a stack nor any slab of a process; a
// process that runs has slab at least. Where it does not, usage less its other
// parts is not 0 but some pages that each processor has charged in advance.
func (f *figures) accounts(stat []byte) bool {
	for _, key := range []string{"kernel_stack", "slab"} {
		if v := f.key("memory.stat", stat, key); v != nil && *v > 0 {
			return true
		}
	}
	return false
}

// beyond is usage less anonymous memory, page cache and network buffers, and
// less what zswap holds where it is counted. The sum of the kernel's own keys
// would not do: pipes, Unix sockets, io_uring, BPF maps and vmalloc are in none
// of them, which is why Linux 5.18 got its key (commit a8c49af3be5f), and before
// Linux 5.11 page tables are in none either.
//
// The difference is too high by what each processor has charged in advance, at
// most 64 pages. A page in the swap cache may be counted as anonymous and as
// file: its count (swapcached, since Linux 5.12) is added again.
func (f *figures) beyond(stat []byte, usage uint64) *uint64 {
	rest, ok := int64(usage), usage <= math.MaxInt64/8
	for _, part := range []struct {
		key   string
		sign  int64
		every bool // kernel has it
	}{{"anon", -1, true}, {"file", -1, true}, {"sock", -1, true}, {"zswap", -1, false}, {"swapcached", 1, false}} {
		switch v := f.key("memory.stat", stat, part.key); {
		case v != nil:
			ok = ok && *v <= math.MaxInt64/8 // so that no sum overflows
			rest += part.sign * int64(*v)
		case part.every:
			return nil
		}
	}
	if !ok || rest <= 0 { // the two files are not read at one instant
		return nil
	}
	return new(uint64(rest))
}

// less is a - b. The kernel gathers the two counts from all processors one
// after the other, so that the part may be a page ahead of the whole.
func less(a, b uint64) uint64 {
	return a - min(a, b)
}

// accounted drops a count of 0: whoever runs has a kernel stack, so 0 means
// that the kernel does not account for its memory (cgroup.memory=nokmem).
func accounted(bytes *uint64) *uint64 {
	if bytes != nil && *bytes == 0 {
		return nil
	}
	return bytes
}

func seconds(count *uint64, perSecond float64) *float64 {
	if count == nil {
		return nil
	}
	s := float64(*count) / perSecond
	return &s
}

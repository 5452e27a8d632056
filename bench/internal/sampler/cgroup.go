package sampler

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// cgroup reads the memory and CPU account of one container.
type cgroup struct {
	dir      *dir
	read     func(*dir) (metric.Cgroup, error)
	peak     *peakMark // nil if the kernel's mark can't be reset
	huge     []string  // files of its hugetlb controller; none without it
	reported bool      // its limits, in the first sample
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

// openCgroup finds the version by the files: only a v2 hierarchy has
// cgroup.controllers at its top, and only v1 has a folder for each controller.
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
		return 0, fmt.Errorf("%s has no memory.current: it is the root cgroup, or its parent does not enable the memory controller; "+
			"give containers a cgroup namespace of their own: dockerd --default-cgroupns-mode=private", d.path)
	case v1:
		return 1, nil
	default:
		return 0, fmt.Errorf("%s is not a cgroup: it has neither cgroup.controllers (v2) nor memory/memory.usage_in_bytes (v1)", d.path)
	}
}

// readV1 reads the memory and cpuacct controllers of cgroup v1
// (Documentation/admin-guide/cgroup-v1/memory.rst). The total_ figures include
// the cgroups below. kmem is in usage_in_bytes but in neither total_rss nor
// total_cache, so the three may be added; kmem.tcp is in none of them. The time of
// throttling is summed over processors (Documentation/scheduler/sched-bwc.rst).
func readV1(d *dir) (metric.Cgroup, error) {
	r := reading{dir: d}
	c := metric.Cgroup{Version: 1}
	r.keyed("memory/memory.stat", func(k *keyed) {
		c.Anon, c.Shmem, c.InactiveFile = k.need("total_rss"), k.need("total_shmem"), k.need("total_inactive_file")
		c.File = less(k.need("total_cache"), c.Shmem)
		c.Mapped = k.find("total_mapped_file")
	})
	c.Usage = r.number("memory/memory.usage_in_bytes")
	c.Kernel = accounted(r.optional("memory/memory.kmem.usage_in_bytes"))
	c.Sock = r.optional("memory/memory.kmem.tcp.usage_in_bytes")
	c.Peak = r.optional("memory/memory.max_usage_in_bytes")
	c.OOMKills = r.optionalKey("oom_kill", "memory/memory.oom_control") // since Linux 4.13
	c.CPUSeconds = seconds(r.optional("cpuacct/cpuacct.usage", "cpu,cpuacct/cpuacct.usage"), 1e9)
	c.Throttled = seconds(r.optionalKey("throttled_time", "cpu/cpu.stat", "cpu,cpuacct/cpu.stat"), 1e9)
	return c, r.err
}

// readV2 reads a cgroup v2 (Documentation/admin-guide/cgroup-v2.rst), whose
// figures include the cgroups below.
func readV2(d *dir) (metric.Cgroup, error) {
	r := reading{dir: d}
	c := metric.Cgroup{Version: 2, Usage: r.number("memory.current")}
	r.keyed("memory.stat", func(k *keyed) {
		c.Anon, c.Shmem, c.InactiveFile = k.need("anon"), k.need("shmem"), k.need("inactive_file")
		c.File = less(k.need("file"), c.Shmem)
		c.Mapped, c.Sock = k.find("file_mapped"), k.find("sock")
		if c.Kernel = kernelV2(k, c.Usage); c.Kernel != nil {
			c.Reclaimable = k.find("slab_reclaimable")
		}
	})
	c.Peak = r.optional("memory.peak") // since Linux 5.19
	c.OOMKills = r.optionalKey("oom_kill", "memory.events")
	c.CPUSeconds = seconds(r.optionalKey("usage_usec", "cpu.stat"), 1e6)
	c.Throttled = seconds(r.optionalKey("throttled_usec", "cpu.stat"), 1e6)
	return c, r.err
}

// kernelV2 returns the memory of the kernel itself. Since Linux 5.18 memory.stat has a
// key for it. Before, it is what is charged beyond memory of user space and network
// buffers; but with cgroup.memory=nokmem that difference is only what each processor
// has charged in advance. Then no process has a kernel stack or slab.
func kernelV2(memoryStat *keyed, usage uint64) *uint64 {
	if kernel := memoryStat.find("kernel"); kernel != nil {
		return accounted(kernel)
	}
	if accounted(memoryStat.find("kernel_stack")) == nil && accounted(memoryStat.find("slab")) == nil {
		return nil
	}
	return remainder(memoryStat, usage)
}

// remainder returns usage less anonymous memory, page cache and network buffers, and
// less what zswap holds if it is counted. The sum of the kernel's own keys
// would not do: pipes, Unix sockets, io_uring, BPF maps and vmalloc are in none
// of them, which is why Linux 5.18 got its key (commit a8c49af3be5f), and before
// Linux 5.11 page tables are in none either.
//
// The difference is too high by what each processor has charged in advance, at
// most 64 pages. A page in the swap cache may be counted as anonymous and as
// file: its count (swapcached, since Linux 5.12) is added again.
func remainder(memoryStat *keyed, usage uint64) *uint64 {
	rest, ok := int64(usage), usage <= math.MaxInt64/8
	for _, part := range []struct {
		key      string
		sign     int64
		required bool
	}{{"anon", -1, true}, {"file", -1, true}, {"sock", -1, true}, {"zswap", -1, false}, {"swapcached", 1, false}} {
		v := memoryStat.find(part.key)
		if v == nil {
			ok = ok && !part.required
			continue
		}
		ok = ok && *v <= math.MaxInt64/8 // so that no sum overflows
		rest += part.sign * int64(*v)
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

// accounted drops a count of 0: every running process has a kernel stack, so 0 means
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
	return new(float64(*count) / perSecond)
}

// limitFiles are the files of the limits: of memory, then CPU quota and period. Cgroup v2
// has the last two in one file; v1 mounts the cpu controller alone or with cpuacct.
var limitFiles = [][]string{
	{"memory.max", "cpu.max"},
	{"memory/memory.limit_in_bytes", "cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"},
	{"memory/memory.limit_in_bytes", "cpu,cpuacct/cpu.cfs_quota_us", "cpu,cpuacct/cpu.cfs_period_us"},
}

// limits returns the limits of the cgroup itself; nil if a file is missing, as without
// the controller. It is called once, because they do not change.
func (c *cgroup) limits() *metric.CgroupLimits {
	for _, names := range limitFiles {
		var words []string
		var failed error
		for _, name := range names {
			text, err := c.dir.read(name)
			words = append(words, strings.Fields(string(text))...)
			failed = cmp.Or(failed, err)
		}
		if failed == nil {
			return parseLimits(words)
		}
	}
	return nil
}

// unlimited is below what cgroup v1 shows without a limit of memory: the largest whole
// number of pages, of whatever size.
const unlimited = 1 << 62

// parseLimits reads bytes, quota and period. A limit of 0 is none: max, or a quota of -1.
func parseLimits(words []string) *metric.CgroupLimits {
	if len(words) != 3 {
		return nil
	}
	var l metric.CgroupLimits
	if bytes := words[0]; bytes != "max" {
		n, err := strconv.ParseUint(bytes, 10, 64)
		if err != nil {
			return nil
		}
		if n < unlimited {
			l.Memory = n
		}
	}
	if quota := words[1]; quota != "max" && quota != "-1" {
		q, err := strconv.ParseUint(quota, 10, 63)
		p, periodErr := strconv.ParseUint(words[2], 10, 63)
		if err != nil || periodErr != nil || p == 0 {
			return nil
		}
		l.CPUs = float64(q) / float64(p)
	}
	return &l
}

// peakMark is memory.peak, the highest usage of a cgroup v2, held open: what is written
// to it resets the mark to the present usage for this descriptor alone (since Linux
// 6.12, Documentation/admin-guide/cgroup-v2.rst). Reset at each sample, the marks of a
// window's samples together miss nothing between the first and the last.
type peakMark struct {
	file interface {
		io.ReaderAt
		io.WriterAt
	}
	name  string // as errors name it
	reset bool   // so the next reading is of the time since
}

// openPeak returns nil if the mark can't be reset: under cgroup v1 and before Linux
// 6.12 the file is read-only, and most containers mount the cgroup file system
// read-only. The file stays open for as long as the sampler lives.
func openPeak(path string) *peakMark {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	return &peakMark{file: f, name: path}
}

// since returns the highest usage since the last call, nil at the first one.
func (p *peakMark) since() (peak *uint64, err error) {
	if p.reset {
		var text [32]byte
		n, err := p.file.ReadAt(text[:], 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read %s: %w", p.name, err)
		}
		v, err := parseNumber(text[:n])
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", p.name, err)
		}
		peak = &v
	}
	if _, err := p.file.WriteAt([]byte("reset"), 0); err != nil { // any text will do
		return nil, fmt.Errorf("write %s: %w", p.name, err)
	}
	p.reset = true
	return peak, nil
}

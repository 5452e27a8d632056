package sampler

import (
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// unlimited is what cgroup v1 shows where there is no limit of memory: the
// largest whole number of pages, of whatever size, is above it.
const unlimited = 1 << 62

// limits are those of the cgroup itself; nil where a file of them is missing, as
// without the controller. It is asked once, for they do not change.
func (c *cgroup) limits() *metric.CgroupLimits {
	read := limitsV1
	if v2, err := c.dir.exists("memory.max"); v2 && err == nil {
		read = limitsV2
	}
	memory, cpus, ok := read(c.dir)
	if !ok {
		return nil
	}
	return &metric.CgroupLimits{Memory: memory, CPUs: cpus}
}

func limitsV1(d *dir) (memory uint64, cpus float64, ok bool) {
	limit, ok := words(d, "memory/memory.limit_in_bytes")
	quota, hasQuota := words(d, "cpu/cpu.cfs_quota_us", "cpu,cpuacct/cpu.cfs_quota_us")
	period, hasPeriod := words(d, "cpu/cpu.cfs_period_us", "cpu,cpuacct/cpu.cfs_period_us")
	if !ok || !hasQuota || !hasPeriod {
		return 0, 0, false
	}
	if memory, ok = amount(limit[0]); memory >= unlimited {
		memory = 0
	}
	cpus, share := ratio(quota[0], period[0])
	return memory, cpus, ok && share
}

func limitsV2(d *dir) (memory uint64, cpus float64, ok bool) {
	limit, ok := words(d, "memory.max")
	quota, hasQuota := words(d, "cpu.max")
	if !ok || !hasQuota || len(quota) != 2 {
		return 0, 0, false
	}
	memory, ok = amount(limit[0])
	cpus, share := ratio(quota[0], quota[1])
	return memory, cpus, ok && share
}

// words are those of the first of the files that is there, at least one.
func words(d *dir, names ...string) ([]string, bool) {
	for _, name := range names {
		if text, err := d.read(name); err == nil {
			w := strings.Fields(string(text))
			return w, len(w) > 0
		}
	}
	return nil, false
}

// amount is a number of bytes; 0 for max, which is none.
func amount(text string) (uint64, bool) {
	if text == "max" {
		return 0, true
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil
}

// ratio is a quota as processors; 0 for max and -1, which are none.
func ratio(quota, period string) (float64, bool) {
	if quota == "max" || quota == "-1" {
		return 0, true
	}
	q, err := strconv.ParseUint(quota, 10, 63)
	p, periodErr := strconv.ParseUint(period, 10, 63)
	if err != nil || periodErr != nil || p == 0 {
		return 0, false
	}
	return float64(q) / float64(p), true
}

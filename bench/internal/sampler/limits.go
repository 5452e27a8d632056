package sampler

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

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

package sampler

import (
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

func TestLimits(t *testing.T) {
	v1 := func(memory, quota, period string) files {
		return files{
			"memory/memory.usage_in_bytes": "1", "memory/memory.limit_in_bytes": memory,
			"cpu/cpu.cfs_quota_us": quota, "cpu/cpu.cfs_period_us": period,
		}
	}
	v2 := func(memory, cpu string) files {
		return files{"cgroup.controllers": "memory", "memory.current": "1", "memory.max": memory, "cpu.max": cpu}
	}
	for _, tt := range []struct {
		name  string
		files files
		want  *metric.CgroupLimits
	}{
		{"v1", v1("268435456\n", "200000\n", "100000\n"), &metric.CgroupLimits{Memory: 256 << 20, CPUs: 2}},
		{"v1 without", v1("9223372036854771712\n", "-1\n", "100000\n"), &metric.CgroupLimits{}},
		{"v1 with pages of 64 KiB", v1("9223372036854710272\n", "50000\n", "100000\n"), &metric.CgroupLimits{CPUs: 0.5}},
		{"v1, the other folder", v1("1\n", "", "").with("cpu/cpu.cfs_quota_us", "").with("cpu/cpu.cfs_period_us", "").
			with("cpu,cpuacct/cpu.cfs_quota_us", "100000").with("cpu,cpuacct/cpu.cfs_period_us", "100000"), &metric.CgroupLimits{Memory: 1, CPUs: 1}},
		{"v2", v2("268435456\n", "150000 100000\n"), &metric.CgroupLimits{Memory: 256 << 20, CPUs: 1.5}},
		{"v2 without", v2("max\n", "max 100000\n"), &metric.CgroupLimits{}},
		{"v2 without the controller of CPU", v2("max\n", "").with("cpu.max", ""), nil},
		{"no period", v1("1\n", "1\n", "0\n"), nil},
		{"no number", v2("many\n", "max 100000\n"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := openCgroup(tt.files.dir())
			if err != nil {
				t.Fatal(err)
			}
			got := c.limits()
			if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// Whatever the files hold, there is an answer or none, and never a negative one.
func FuzzLimits(f *testing.F) {
	f.Add("max\n", "max 100000\n")
	f.Add("268435456", "-1")
	f.Add("", "1 0")
	f.Fuzz(func(t *testing.T, memory, cpu string) {
		for _, all := range []files{
			{"cgroup.controllers": "", "memory.current": "1", "memory.max": memory, "cpu.max": cpu},
			{"memory/memory.usage_in_bytes": "1", "memory/memory.limit_in_bytes": memory, "cpu/cpu.cfs_quota_us": cpu, "cpu/cpu.cfs_period_us": "100000"},
		} {
			c, err := openCgroup(all.dir())
			if err != nil {
				t.Fatal(err)
			}
			if l := c.limits(); l != nil && !(l.CPUs >= 0) {
				t.Errorf("%q and %q: %+v", memory, cpu, l)
			}
		}
	})
}

package sampler

// throttledV1 is for how long the cgroup's CPU quota held it back, in seconds
// summed over processors (Documentation/scheduler/sched-bwc.rst); nil where the
// kernel has no such quotas. The controller is mounted alone or together with
// cpuacct.
func throttledV1(f *figures) *float64 {
	for _, name := range []string{"cpu/cpu.stat", "cpu,cpuacct/cpu.stat"} {
		if ns := f.optionalKey(name, "throttled_time"); ns != nil {
			return seconds(ns, 1e9)
		}
	}
	return nil
}

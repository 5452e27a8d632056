package sampler

import "testing"

func TestThrottled(t *testing.T) {
	const v1Stat, v2Stat = "nr_periods 9\nnr_throttled 4\nthrottled_time 2500000000\n", "usage_usec 1\nnr_throttled 4\nthrottled_usec 2500000\n"
	tests := []struct {
		name  string
		files files
		want  float64 // negative: absent
	}{
		{"v1", v1Files.with("cpu/cpu.stat", v1Stat), 2.5},
		{"v1 with cpu and cpuacct in one", v1Files.with("cpu,cpuacct/cpu.stat", v1Stat), 2.5},
		{"v1 without the controller", v1Files, -1},
		{"v2", v2Files.with("cpu.stat", v2Stat), 2.5},
		{"v2 without the controller", v2Files, -1}, // cpu.stat then has usage alone
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := readCgroup(t, tt.files.dir())
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Throttled; (got == nil) != (tt.want < 0) || got != nil && *got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if c, err := readCgroup(t, v1Files.with("cpu/cpu.stat", "throttled_time x\n").dir()); err == nil {
		t.Errorf("a word was read as %+v", c)
	}
}

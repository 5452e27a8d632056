package doctor

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/hostinfo"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/noise"
)

// sound is a machine on which every line is ok.
func sound() hostinfo.Facts {
	cpu, steal, pressure, late, free := 0.01, 0.0, 0.002, 0.0001, uint64(50e9)
	return hostinfo.Facts{
		OS: "linux", Arch: "amd64", Kernel: "6.18.44-generic", CPUs: 4, Root: true,
		Cgroup: 2, Rollup: true, Pressure: true, ClockSource: "tsc", ClockRead: 40 * time.Nanosecond, HugePages: "madvise",
		Memory: &hostinfo.Memory{Total: 16e9, Available: 12e9, SwapTotal: 2e9, SwapFree: 2e9}, DiskFree: &free,
		Noise: metric.Noise{OtherCPU: &cpu, Steal: &steal, PressureCPU: &pressure, WakeupLatency: &late},
	}
}

var modest = Need{Scenario: "guide", CPUs: 2, Memory: 4e9, Disk: 5e6, Noise: noise.Default()}

// TestChecks covers each line in each of its states.
func TestChecks(t *testing.T) {
	u := func(x uint64) *uint64 { return &x }
	f := func(x float64) *float64 { return &x }
	host := func(n *Need) { n.Processes, n.PinsCPU = true, true }
	half := func(cpus metric.CPUs) func(*Need) { return func(n *Need) { n.PinsCPU, n.CPUs = true, cpus } }
	tests := []struct {
		line  string
		state State
		facts func(*hostinfo.Facts)
		need  func(*Need)
		says  string // in found, means or remedy
	}{
		{"system", StateOK, nil, nil, "linux/amd64, kernel 6.18.44-generic"},
		{"system", StateOK, func(f *hostinfo.Facts) { f.OS = "darwin" }, nil, "Docker's virtual machine"},
		{"system", StateWarn, func(f *hostinfo.Facts) { f.Kernel = "" }, nil, "see that /proc is mounted"},
		{"system", StateOK, func(f *hostinfo.Facts) { f.Kernel = "5.15.0-91" }, nil, "up to 256 kB a processor too much"},
		{"system", StateOK, func(f *hostinfo.Facts) { f.Kernel, f.Cgroup = "5.15.0-91", 1 }, nil, "5.15.0"},
		{"system", StateFail, func(f *hostinfo.Facts) { f.Kernel = "4.9" }, host, "Linux 4.14 or later"},
		{"processors", StateOK, nil, nil, "4"},
		{"processors", StateWarn, func(f *hostinfo.Facts) { f.CPUs = 1 }, nil, "take turns"},
		{"processors", StateFail, func(f *hostinfo.Facts) { f.CPUs = 1 }, host, "a variant of guide gets 2"},
		{"processors", StateFail, func(f *hostinfo.Facts) { f.CPUs = 1 }, half(1.5), "a variant of guide gets 2"},
		{"processors", StateWarn, nil, half(0.5), "in place of 0.5 CPUs a variant of guide gets 1 whole"},
		{"cgroup", StateOK, nil, nil, "v2"},
		{"cgroup", StateOK, func(f *hostinfo.Facts) { f.Cgroup = 1 }, nil, "reclaimable slab"},
		{"cgroup", StateFail, func(f *hostinfo.Facts) { f.NoKernelMemory = true }, nil, "boot the kernel without cgroup.memory=nokmem"},
		{"cgroup", StateOK, func(f *hostinfo.Facts) { f.NoKernelMemory = true }, host, "v2"},
		{"cgroup", StateOK, func(f *hostinfo.Facts) { f.Cgroup = 0 }, host, "the sum of PSS"},
		{"cgroup", StateWarn, func(f *hostinfo.Facts) { f.Cgroup = 0 }, nil, "mount cgroup v2"},
		{"memory.peak", StateOK, nil, nil, "can be reset"},
		{"memory.peak", StateOK, func(f *hostinfo.Facts) { f.Kernel = "6.1.0" }, nil, "can't be reset"},
		{"memory.peak", StateOK, func(f *hostinfo.Facts) { f.Cgroup = 1 }, nil, "not there"},
		{"smaps_rollup", StateOK, nil, nil, "there"},
		{"smaps_rollup", StateWarn, func(f *hostinfo.Facts) { f.Rollup = false }, nil, "the container's is"},
		{"smaps_rollup", StateFail, func(f *hostinfo.Facts) { f.Rollup = false }, host, "takes memory from it"},
		{"hiding", StateOK, func(f *hostinfo.Facts) { f.PtraceScope = "1" }, nil, "hidepid off, ptrace_scope 1"},
		{"hiding", StateOK, func(f *hostinfo.Facts) { f.HidePID = "2" }, host, "hidepid=2"},
		{"hiding", StateWarn, func(f *hostinfo.Facts) { f.HidePID, f.Root = "invisible", false }, host, "remount,hidepid=0"},
		{"PSI", StateOK, nil, nil, "there"},
		{"PSI", StateWarn, func(f *hostinfo.Facts) { f.Pressure = false }, nil, "psi=1"},
		{"clock", StateOK, nil, nil, "tsc, 40ns a reading"},
		{"clock", StateWarn, func(f *hostinfo.Facts) { f.ClockRead = 2 * time.Microsecond }, nil, "clocksource=tsc"},
		{"clock", StateWarn, func(f *hostinfo.Facts) { f.ClockSource = "hpet" }, nil, "coarse"},
		{"huge pages", StateOK, nil, nil, "madvise"},
		{"huge pages", StateOK, func(f *hostinfo.Facts) { f.HugePages = "" }, nil, "none"},
		{"huge pages", StateWarn, func(f *hostinfo.Facts) { f.HugePages = "always" }, nil, "echo madvise"},
		{"memory", StateOK, nil, nil, "12.0 GB available of 16.0 GB"},
		{"memory", StateWarn, func(f *hostinfo.Facts) { f.Memory.Available = 4e9 }, nil, "a variant of guide may use 4.00 GB"},
		{"memory", StateWarn, func(f *hostinfo.Facts) { f.Memory = nil }, nil, "/proc/meminfo"},
		{"memory", StateFail, func(f *hostinfo.Facts) { f.Memory.Available = 400e6 }, nil, "end other programs"},
		{"swap", StateOK, nil, nil, "2.00 GB, hardly used"},
		{"swap", StateOK, nil, nil, "more than " + size(metric.MaxSwap)},
		{"swap", StateWarn, func(f *hostinfo.Facts) { f.Memory.SwapFree = 1e9 }, nil, "more than " + size(metric.MaxSwap)},
		{"swap", StateOK, func(f *hostinfo.Facts) { f.Memory.SwapTotal = 0 }, nil, "none"},
		{"swap", StateWarn, func(f *hostinfo.Facts) { f.Memory.SwapFree = 1e9 }, nil, "1.00 GB of 2.00 GB used"},
		{"disk", StateOK, nil, nil, "guide writes about 5.00 MB"},
		{"disk", StateWarn, func(f *hostinfo.Facts) { f.DiskFree = u(1e9) }, nil, "make room"},
		{"disk", StateWarn, func(f *hostinfo.Facts) { f.DiskFree = nil }, nil, "is not known"},
		{"disk", StateFail, func(f *hostinfo.Facts) { f.DiskFree = u(50e6) }, nil, "with -out"},
		{"steal", StateOK, nil, nil, "0% of a core"},
		{"steal", StateWarn, func(x *hostinfo.Facts) { x.Noise.Steal = f(0.2) }, nil, "20% of a core"},
		{"steal", StateWarn, func(x *hostinfo.Facts) { x.Noise.Steal = nil }, nil, "unknown"},
		{"quietness", StateOK, nil, nil, "other CPU 1% of a core, CPU pressure 0.2%, wake-up latency 100 µs"},
		{"quietness", StateWarn, func(x *hostinfo.Facts) { x.Noise.OtherCPU = f(0.23) }, nil, "23% of a core, at most 5% allowed"},
		{"quietness", StateOK, func(x *hostinfo.Facts) { x.Noise.OtherCPU = f(0.23) }, func(n *Need) { n.Noise.OtherCPU = 1 }, "23%"},
		{"quietness", StateWarn, func(x *hostinfo.Facts) { x.Noise = metric.Noise{Missing: []string{"no /proc"}} }, nil, "no /proc"},
	}
	for _, tt := range tests {
		t.Run(tt.line+" "+string(tt.state), func(t *testing.T) {
			facts, need := sound(), modest
			if tt.facts != nil {
				tt.facts(&facts)
			}
			if tt.need != nil {
				tt.need(&need)
			}
			checks := Checks(facts, need)
			i := slices.IndexFunc(checks, func(c Check) bool { return c.Name == tt.line })
			if i < 0 {
				t.Fatalf("no line %q", tt.line)
			}
			c := checks[i]
			if all := c.Found + "; " + c.Means + "; " + c.Remedy; c.State != tt.state || !strings.Contains(all, tt.says) {
				t.Errorf("%+v, want %s and %q", c, tt.state, tt.says)
			}
		})
	}
}

// TestChecksOfASoundMachine: all lines are ok; each line that is not ok has a remedy.
func TestChecksOfASoundMachine(t *testing.T) {
	for _, c := range Checks(sound(), modest) {
		if c.State != StateOK || c.Remedy != "" || c.Found == "" {
			t.Errorf("%+v", c)
		}
	}
	for _, c := range append(Checks(hostinfo.Facts{OS: "linux"}, modest), Checks(hostinfo.Facts{OS: "darwin"}, modest)...) {
		if (c.State == StateOK) != (c.Remedy == "") {
			t.Errorf("%+v: a remedy belongs to what is not ok", c)
		}
	}
}

func TestNeedOf(t *testing.T) {
	sc := &scenario.Scenario{
		Name: "x", Variants: make([]scenario.Variant, 2), Blocks: 6, MaxRepeats: 1, Limits: scenario.Limits{CPUs: 3, Memory: 1e9},
		Load:  load.Load{Phases: []load.Phase{{Rate: 100, For: 10 * time.Second}, {Rate: 100, For: 40 * time.Second}}},
		Noise: noise.Limits{CPUPSI: 0.5}, Controls: &scenario.Controls{},
	}
	want := Need{Scenario: "x", CPUs: 3, Memory: 1e9, Disk: 25 * (5000*bytesOfHit + 50*bytesOfSecond), Noise: sc.Noise}
	if got := NeedOf(sc); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := NeedOf(nil); got.Noise != noise.Default() || got.CPUs != 1 {
		t.Errorf("without a scenario: %+v", got)
	}
}

func TestOlder(t *testing.T) {
	for _, tt := range []struct {
		release, than string
		want          bool
	}{
		{"4.9.0-13", "4.14", true}, {"4.14.0", "4.14", false}, {"5.0", "4.14", false}, {"6.2-rc1", "6.12", true},
		{"6.18.44-fc-v782", "6.12", false}, {"unknown", "6.12", false}, {"", "6.12", false}, {"6", "6.12", false},
	} {
		if got := older(tt.release, tt.than); got != tt.want {
			t.Errorf("%q is older than %s: %t", tt.release, tt.than, got)
		}
	}
}

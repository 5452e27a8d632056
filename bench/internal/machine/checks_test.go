package machine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

// sound is a machine on which every line is ok.
func sound() Facts {
	cpu, steal, pressure, late, free := 0.01, 0.0, 0.002, 0.0001, uint64(50e9)
	return Facts{
		OS: "linux", Arch: "amd64", Kernel: "6.18.44-generic", CPUs: 4, Root: true,
		Cgroup: 2, Rollup: true, Pressure: true, ClockSource: "tsc", ClockRead: 40 * time.Nanosecond, HugePages: "madvise",
		Memory: &Memory{Total: 16e9, Available: 12e9, SwapTotal: 2e9, SwapFree: 2e9}, DiskFree: &free,
		Noise: bench.Noise{ForeignCPU: &cpu, Steal: &steal, PressureCPU: &pressure, Overshoot: &late},
	}
}

var modest = Need{Scenario: "guide", CPUs: 2, Memory: 4e9, Disk: 5e6, Noise: bench.DefaultNoise()}

// TestChecks has each line in each state that it can have.
func TestChecks(t *testing.T) {
	u := func(x uint64) *uint64 { return &x }
	f := func(x float64) *float64 { return &x }
	host := func(n *Need) { n.Host = true }
	half := func(cpus bench.CPUs) func(*Need) { return func(n *Need) { n.Host, n.CPUs = true, cpus } }
	tests := []struct {
		line  string
		state bench.State
		facts func(*Facts)
		need  func(*Need)
		says  string // in found, means or remedy
	}{
		{"system", bench.StateOK, nil, nil, "linux/amd64, kernel 6.18.44-generic"},
		{"system", bench.StateOK, func(f *Facts) { f.OS = "darwin" }, nil, "Docker's virtual machine"},
		{"system", bench.StateWarn, func(f *Facts) { f.Kernel = "" }, nil, "see that /proc is mounted"},
		{"system", bench.StateOK, func(f *Facts) { f.Kernel = "5.15.0-91" }, nil, "up to 256 kB a processor too much"},
		{"system", bench.StateOK, func(f *Facts) { f.Kernel, f.Cgroup = "5.15.0-91", 1 }, nil, "5.15.0"},
		{"system", bench.StateFail, func(f *Facts) { f.Kernel = "4.9" }, host, "Linux 4.14 or later"},
		{"processors", bench.StateOK, nil, nil, "4"},
		{"processors", bench.StateWarn, func(f *Facts) { f.CPUs = 1 }, nil, "take turns"},
		{"processors", bench.StateFail, func(f *Facts) { f.CPUs = 1 }, host, "a variant of guide gets 2"},
		{"processors", bench.StateFail, func(f *Facts) { f.CPUs = 1 }, half(1.5), "a variant of guide gets 2"},
		{"processors", bench.StateWarn, nil, half(0.5), "in place of 0.5 CPUs a variant of guide gets 1 whole"},
		{"cgroup", bench.StateOK, nil, nil, "v2"},
		{"cgroup", bench.StateOK, func(f *Facts) { f.Cgroup = 1 }, nil, "reclaimable slab"},
		{"cgroup", bench.StateFail, func(f *Facts) { f.NoKernelMemory = true }, nil, "boot the kernel without cgroup.memory=nokmem"},
		{"cgroup", bench.StateOK, func(f *Facts) { f.NoKernelMemory = true }, host, "v2"},
		{"cgroup", bench.StateOK, func(f *Facts) { f.Cgroup = 0 }, host, "the sum of PSS"},
		{"cgroup", bench.StateWarn, func(f *Facts) { f.Cgroup = 0 }, nil, "mount cgroup v2"},
		{"memory.peak", bench.StateOK, nil, nil, "can be reset"},
		{"memory.peak", bench.StateOK, func(f *Facts) { f.Kernel = "6.1.0" }, nil, "can't be reset"},
		{"memory.peak", bench.StateOK, func(f *Facts) { f.Cgroup = 1 }, nil, "not there"},
		{"smaps_rollup", bench.StateOK, nil, nil, "there"},
		{"smaps_rollup", bench.StateWarn, func(f *Facts) { f.Rollup = false }, nil, "the container's is"},
		{"smaps_rollup", bench.StateFail, func(f *Facts) { f.Rollup = false }, host, "takes memory from it"},
		{"hiding", bench.StateOK, func(f *Facts) { f.PtraceScope = "1" }, nil, "hidepid off, ptrace_scope 1"},
		{"hiding", bench.StateOK, func(f *Facts) { f.HidePID = "2" }, host, "hidepid=2"},
		{"hiding", bench.StateWarn, func(f *Facts) { f.HidePID, f.Root = "invisible", false }, host, "remount,hidepid=0"},
		{"PSI", bench.StateOK, nil, nil, "there"},
		{"PSI", bench.StateWarn, func(f *Facts) { f.Pressure = false }, nil, "psi=1"},
		{"clock", bench.StateOK, nil, nil, "tsc, 40ns a reading"},
		{"clock", bench.StateWarn, func(f *Facts) { f.ClockRead = 2 * time.Microsecond }, nil, "clocksource=tsc"},
		{"clock", bench.StateWarn, func(f *Facts) { f.ClockSource = "hpet" }, nil, "coarse"},
		{"huge pages", bench.StateOK, nil, nil, "madvise"},
		{"huge pages", bench.StateOK, func(f *Facts) { f.HugePages = "" }, nil, "none"},
		{"huge pages", bench.StateWarn, func(f *Facts) { f.HugePages = "always" }, nil, "echo madvise"},
		{"memory", bench.StateOK, nil, nil, "12.0 GB available of 16.0 GB"},
		{"memory", bench.StateWarn, func(f *Facts) { f.Memory.Available = 4e9 }, nil, "a variant of guide may use 4.00 GB"},
		{"memory", bench.StateWarn, func(f *Facts) { f.Memory = nil }, nil, "/proc/meminfo"},
		{"memory", bench.StateFail, func(f *Facts) { f.Memory.Available = 400e6 }, nil, "end other programs"},
		{"swap", bench.StateOK, nil, nil, "2.00 GB, hardly used"},
		{"swap", bench.StateOK, func(f *Facts) { f.Memory.SwapTotal = 0 }, nil, "none"},
		{"swap", bench.StateWarn, func(f *Facts) { f.Memory.SwapFree = 1e9 }, nil, "1.00 GB of 2.00 GB used"},
		{"disk", bench.StateOK, nil, nil, "guide writes about 5.00 MB"},
		{"disk", bench.StateWarn, func(f *Facts) { f.DiskFree = u(1e9) }, nil, "make room"},
		{"disk", bench.StateWarn, func(f *Facts) { f.DiskFree = nil }, nil, "can't be told"},
		{"disk", bench.StateFail, func(f *Facts) { f.DiskFree = u(50e6) }, nil, "with -out"},
		{"steal", bench.StateOK, nil, nil, "0% of a core"},
		{"steal", bench.StateWarn, func(x *Facts) { x.Noise.Steal = f(0.2) }, nil, "20% of a core"},
		{"steal", bench.StateWarn, func(x *Facts) { x.Noise.Steal = nil }, nil, "unknown"},
		{"quietness", bench.StateOK, nil, nil, "foreign CPU 1% of a core, pressure 0.2%, sleep too long by 100 µs"},
		{"quietness", bench.StateWarn, func(x *Facts) { x.Noise.ForeignCPU = f(0.23) }, nil, "foreign CPU 23% of a core, at most 5% allowed"},
		{"quietness", bench.StateOK, func(x *Facts) { x.Noise.ForeignCPU = f(0.23) }, func(n *Need) { n.Noise.ForeignCPU = 1 }, "23%"},
		{"quietness", bench.StateWarn, func(x *Facts) { x.Noise = bench.Noise{Missing: []string{"no /proc"}} }, nil, "no /proc"},
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
			i := slices.IndexFunc(checks, func(c bench.Check) bool { return c.Name == tt.line })
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

// TestChecksOfASoundMachine: nothing to complain of, a remedy for each complaint.
func TestChecksOfASoundMachine(t *testing.T) {
	for _, c := range Checks(sound(), modest) {
		if c.State != bench.StateOK || c.Remedy != "" || c.Found == "" {
			t.Errorf("%+v", c)
		}
	}
	for _, c := range append(Checks(Facts{OS: "linux"}, modest), Checks(Facts{OS: "windows"}, modest)...) {
		if (c.State == bench.StateOK) != (c.Remedy == "") {
			t.Errorf("%+v: a remedy belongs to what is not ok", c)
		}
	}
}

func TestNeedOf(t *testing.T) {
	sc := &bench.Scenario{
		Name: "x", Variants: make([]bench.Variant, 2), Blocks: 6, Replace: 1, Limits: bench.Limits{CPUs: 3, Memory: 1e9},
		Load:  bench.Load{Phases: []bench.Phase{{Rate: 100, For: 10 * time.Second}, {Rate: 100, For: 40 * time.Second}}},
		Noise: bench.NoiseLimits{Pressure: 0.5}, Controls: &bench.Controls{},
	}
	want := Need{Scenario: "x", CPUs: 3, Memory: 1e9, Disk: 28 * (5000*bytesOfHit + 50*bytesOfSecond), Noise: sc.Noise, Host: true}
	if got := NeedOf(sc, true); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := NeedOf(nil, false); got.Noise != bench.DefaultNoise() || got.CPUs != 1 {
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

func TestInspect(t *testing.T) {
	proc := kernel{
		"sys/kernel/osrelease":         "6.1.0\n",
		"self/smaps_rollup":            "x",
		"self/mounts":                  "sysfs /sys sysfs rw 0 0\nproc /proc proc rw,nosuid,hidepid=invisible 0 0\n",
		"pressure/cpu":                 healthy["pressure/cpu"],
		"sys/kernel/yama/ptrace_scope": "1\n",
		"meminfo":                      "MemTotal: 8 kB\nMemAvailable: 4 kB\nSwapTotal: 2 kB\nSwapFree: 1 kB\n",
	}
	sys := kernel{
		"devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
		"kernel/mm/transparent_hugepage/enabled":                      "[always] madvise never\n",
		"fs/cgroup/cgroup.controllers":                                "cpu memory\n",
	}
	at := place{t.TempDir(), t.TempDir()}
	proc.write(t, at.proc)
	sys.write(t, at.sys)
	got := inspect(at)
	if got.Kernel != "6.1.0" || got.Cgroup != 2 || !got.Rollup || !got.Pressure || got.ClockSource != "tsc" || got.HugePages != "always" ||
		got.HidePID != "invisible" || got.PtraceScope != "1" || *got.Memory != (Memory{8 << 10, 4 << 10, 2 << 10, 1 << 10}) {
		t.Errorf("got %+v", got)
	}
	(kernel{"fs/cgroup/memory/x": "x"}).write(t, at.sys) // v2 without controllers beside v1
	if v := inspect(at).Cgroup; v != 1 {
		t.Errorf("the hybrid layout is v%d, want v1", v)
	}
	bare := inspect(place{t.TempDir(), t.TempDir()})
	if bare.Kernel != "" || bare.Cgroup != 0 || bare.Rollup || bare.Pressure || bare.HugePages != "" || bare.Memory != nil {
		t.Errorf("of nothing: %+v", bare)
	}
}

func FuzzParseHidePID(f *testing.F) {
	f.Add([]byte("proc /proc proc rw,hidepid=2 0 0\n"))
	f.Add([]byte("proc /proc proc rw,hidepid=0\nproc /chroot/proc proc rw,hidepid=2 0 0"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got := parseHidePID(text); got == "0" || got == "off" || got != "" && !strings.Contains(string(text), "hidepid="+got) {
			t.Errorf("%q of %q", got, text)
		}
	})
}

func TestParseNoKernelMemory(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "quiet": false, "cgroup.memory=nosocket": false, "cgroup.memory=nokmem": true,
		"ro cgroup.memory=nosocket,nokmem quiet": true, "x.cgroup.memory=nokmem": false, "cgroup.memory=nokmemory": false,
	} {
		if got := parseNoKernelMemory(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

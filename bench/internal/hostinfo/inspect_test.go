package hostinfo

import (
	"strings"
	"testing"
)

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
	procDir, sysDir := t.TempDir(), t.TempDir()
	proc.write(t, procDir)
	sys.write(t, sysDir)
	got := inspect(procDir, sysDir)
	if got.Kernel != "6.1.0" || got.Cgroup != 2 || !got.Rollup || !got.Pressure || got.ClockSource != "tsc" || got.HugePages != "always" ||
		got.HidePID != "invisible" || got.PtraceScope != "1" || *got.Memory != (Memory{8 << 10, 4 << 10, 2 << 10, 1 << 10}) {
		t.Errorf("got %+v", got)
	}
	(kernel{"fs/cgroup/memory/x": "x"}).write(t, sysDir) // v1, and v2 without controllers
	if v := inspect(procDir, sysDir).Cgroup; v != 1 {
		t.Errorf("the hybrid layout is v%d, want v1", v)
	}
	bare := inspect(t.TempDir(), t.TempDir())
	if bare.Kernel != "" || bare.Cgroup != 0 || bare.Rollup || bare.Pressure || bare.HugePages != "" || bare.Memory != nil {
		t.Errorf("without kernel files: %+v", bare)
	}
}

func FuzzParseHidePID(f *testing.F) {
	f.Add("proc /proc proc rw,hidepid=2 0 0\n")
	f.Add("proc /proc proc rw,hidepid=0\nproc /chroot/proc proc rw,hidepid=2 0 0")
	f.Fuzz(func(t *testing.T, text string) {
		if got := parseHidePID(text); got == "0" || got == "off" || got != "" && !strings.Contains(text, "hidepid="+got) {
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

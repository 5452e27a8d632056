package hostinfo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/noise"
	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// Facts describe what a machine can measure. What it does not provide is empty or nil;
// on macOS that is most.
type Facts struct {
	OS, Arch string
	Kernel   string // release, "6.18.44-generic"
	CPUs     int    // that this process may use
	Root     bool

	Cgroup         int  // version, 1 or 2; 0: none is mounted
	NoKernelMemory bool // booted with cgroup.memory=nokmem: cgroups are not charged for kernel memory
	Rollup         bool // /proc/PID/smaps_rollup
	Pressure       bool // PSI
	ClockSource    string
	ClockRead      time.Duration // the cost of one reading of the clock
	HugePages      string        // transparent ones: always, madvise or never
	HidePID        string        // mount option of procfs; empty: none
	PtraceScope    string        // of Yama; empty without it

	Memory   *Memory
	DiskFree *uint64 // bytes that an ordinary user may write where runs are stored
	Noise    metric.Noise
}

// Memory is the memory of the machine, in bytes.
type Memory struct{ Total, Available, SwapTotal, SwapFree uint64 }

// Inspect examines this machine, which takes a second or two. Runs will be stored in
// dir, which need not exist yet. The error is the context's.
func Inspect(ctx context.Context, dir string) (Facts, error) {
	f := inspect("/proc", "/sys")
	f.DiskFree = diskFree(dir)
	f.ClockRead = clockCost()
	var err error
	f.Noise, err = Probe(ctx, noise.DefaultReading)
	return f, err
}

// inspect reads what procfs and sysfs say, which are mounted at proc and sys.
func inspect(proc, sys string) Facts {
	f := Facts{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Root: os.Geteuid() == 0,
		Kernel:         firstLine(proc, "sys/kernel/osrelease"),
		Cgroup:         cgroupVersion(sys),
		NoKernelMemory: parseNoKernelMemory(firstLine(proc, "cmdline")),
		Rollup:         exists(proc, "self/smaps_rollup"),
		ClockSource:    firstLine(sys, "devices/system/clocksource/clocksource0/current_clocksource"),
		HugePages:      parseChoice(firstLine(sys, "kernel/mm/transparent_hugepage/enabled")),
		PtraceScope:    firstLine(proc, "sys/kernel/yama/ptrace_scope"),
		Memory:         memory(proc),
	}
	if text, err := os.ReadFile(filepath.Join(proc, "self/mounts")); err == nil {
		f.HidePID = parseHidePID(string(text))
	}
	waited, err := Open(proc).pressure("cpu")
	f.Pressure = err == nil && waited != nil
	return f
}

// memory returns nil if the kernel does not provide all of it: MemAvailable is there
// since Linux 3.14.
func memory(proc string) *Memory {
	files, err := procfs.NewFS(proc)
	m, memErr := files.Meminfo()
	total, available, swap, free := m.MemTotalBytes, m.MemAvailableBytes, m.SwapTotalBytes, m.SwapFreeBytes
	if err != nil || memErr != nil || total == nil || available == nil || swap == nil || free == nil {
		return nil
	}
	return &Memory{*total, *available, *swap, *free}
}

// cgroupVersion is 1 where both are mounted: the v2 hierarchy then has no controllers.
func cgroupVersion(sys string) int {
	switch {
	case exists(sys, "fs/cgroup/memory"):
		return 1
	case exists(sys, "fs/cgroup/cgroup.controllers"):
		return 2
	default:
		return 0
	}
}

// parseNoKernelMemory finds cgroup.memory=nokmem in the kernel's command line; the
// option takes a list (Documentation/admin-guide/kernel-parameters.txt).
func parseNoKernelMemory(cmdline string) bool {
	for option := range strings.FieldsSeq(cmdline) {
		list, ok := strings.CutPrefix(option, "cgroup.memory=")
		if ok && slices.Contains(strings.Split(list, ","), "nokmem") {
			return true
		}
	}
	return false
}

// parseHidePID returns the option hidepid of procfs in /proc/self/mounts (proc(5)),
// which hides the processes of other users; empty for "off" and 0.
func parseHidePID(mounts string) string {
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line) // device, mount point, type, options
		if len(f) < 4 || f[1] != "/proc" || f[2] != "proc" {
			continue
		}
		for option := range strings.SplitSeq(f[3], ",") {
			if value, ok := strings.CutPrefix(option, "hidepid="); ok && value != "0" && value != "off" {
				return value
			}
		}
	}
	return ""
}

// parseChoice returns the setting in force of a file of sysfs that lists all choices:
// "always [madvise] never". It is empty if none is in brackets.
func parseChoice(text string) string {
	_, rest, _ := strings.Cut(text, "[")
	choice, _, ok := strings.Cut(rest, "]")
	if !ok {
		return ""
	}
	return choice
}

// firstLine returns the first line of a file; empty if it can't be read.
func firstLine(dir, name string) string {
	text, _ := os.ReadFile(filepath.Join(dir, name))
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first)
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// diskFree returns the free bytes of the file system of dir, or of the nearest
// directory above that exists; nil if the system does not report them.
func diskFree(dir string) *uint64 {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	if errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		return diskFree(filepath.Dir(dir))
	}
	if err != nil {
		return nil
	}
	return new(s.Bavail * uint64(s.Bsize))
}

// clockCost times many readings of the clock.
func clockCost() time.Duration {
	const readings = 20000
	began := time.Now()
	for range readings {
		_ = time.Now()
	}
	return time.Since(began) / readings
}

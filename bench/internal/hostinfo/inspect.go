package hostinfo

import (
	"bytes"
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
	"github.com/memproof/memproof/bench/scenario"
	"github.com/prometheus/procfs"
)

// Facts are what a machine has to measure with. What it does not tell is empty
// or nil; on macOS that is most.
type Facts struct {
	OS, Arch string
	Kernel   string // release, "6.18.44-generic"
	CPUs     int    // that this process may use
	Root     bool

	Cgroup         int  // version, 1 or 2; 0: none is mounted
	NoKernelMemory bool // the kernel was told not to charge its own memory to cgroups
	Rollup         bool // /proc/PID/smaps_rollup
	Pressure       bool // PSI
	ClockSource    string
	ClockRead      time.Duration // what a reading of the clock costs
	HugePages      string        // transparent ones: always, madvise or never
	HidePID        string        // mount option of procfs; empty: none
	PtraceScope    string        // of Yama; empty without it

	Memory   *Memory
	DiskFree *uint64 // bytes, where runs are left
	Noise    metric.Noise
}

// Memory is that of the machine, in bytes.
type Memory struct{ Total, Available, SwapTotal, SwapFree uint64 }

// Inspect looks at this machine, for a second or two. Runs will be left in dir,
// which need not be there yet. The error is the context's.
func Inspect(ctx context.Context, dir string) (Facts, error) {
	f := inspect(place{proc: "/proc", sys: "/sys"})
	f.DiskFree = diskFree(existing(dir))
	f.ClockRead = clockCost()
	var err error
	f.Noise, err = Probe(ctx, scenario.DefaultReading)
	return f, err
}

// place is where the kernel's files are.
type place struct{ proc, sys string }

func inspect(at place) Facts {
	f := Facts{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Root: os.Geteuid() == 0}
	f.Kernel = line(at.proc, "sys/kernel/osrelease")
	f.Cgroup = cgroupVersion(at.sys)
	f.NoKernelMemory = parseNoKernelMemory(line(at.proc, "cmdline"))
	f.Rollup = exists(at.proc, "self/smaps_rollup")
	f.ClockSource = line(at.sys, "devices/system/clocksource/clocksource0/current_clocksource")
	if text, err := os.ReadFile(filepath.Join(at.sys, "kernel/mm/transparent_hugepage/enabled")); err == nil {
		f.HugePages, _ = parseChoice(text) // empty: the kernel says it otherwise
	}
	if text, err := os.ReadFile(filepath.Join(at.proc, "self/mounts")); err == nil {
		f.HidePID = parseHidePID(text)
	}
	f.PtraceScope = line(at.proc, "sys/kernel/yama/ptrace_scope")
	if files, err := procfs.NewFS(at.proc); err == nil {
		waited, err := Open(at.proc).pressure(files, "cpu")
		f.Pressure = err == nil && waited != nil
		f.Memory = memory(files)
	}
	return f
}

// memory is nil where the kernel does not tell all of it: MemAvailable is there since
// Linux 3.14.
func memory(files procfs.FS) *Memory {
	m, err := files.Meminfo()
	if err != nil || m.MemTotalBytes == nil || m.MemAvailableBytes == nil || m.SwapTotalBytes == nil || m.SwapFreeBytes == nil {
		return nil
	}
	return &Memory{*m.MemTotalBytes, *m.MemAvailableBytes, *m.SwapTotalBytes, *m.SwapFreeBytes}
}

// cgroupVersion tells by the files that are there; where v1 has controllers
// mounted, v2 beside it has none of them.
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

// parseHidePID finds the option of procfs in /proc/self/mounts (proc(5)): which
// processes of others are hidden. "off" and 0 hide none.
func parseHidePID(mounts []byte) string {
	for l := range bytes.Lines(mounts) {
		f := bytes.Fields(l) // device, where, type, options
		if len(f) < 4 || string(f[1]) != "/proc" || string(f[2]) != "proc" {
			continue
		}
		for option := range strings.SplitSeq(string(f[3]), ",") {
			if value, ok := strings.CutPrefix(option, "hidepid="); ok && value != "0" && value != "off" {
				return value
			}
		}
	}
	return ""
}

// line is a file's first line; empty where it can't be read.
func line(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first)
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// existing is the directory, or the nearest above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// clockReads is how many readings of the clock are timed.
const clockReads = 20000

func clockCost() time.Duration {
	began := time.Now()
	for range clockReads {
		_ = time.Now()
	}
	return time.Since(began) / clockReads
}

package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/hostinfo"
	"github.com/memproof/memproof/bench/metric"
)

// What a run directory takes, about, compressed as it is: in the reference run
// a hit takes 17 bytes and the samples of a second 400.
const (
	bytesOfHit    = 32
	bytesOfSecond = 4096
)

// Checks are what the facts mean for a run. Where the system is not Linux they
// are few: the variant then runs in Docker's virtual machine, and what counts
// is read there.
func Checks(f hostinfo.Facts, n Need) []Check {
	if f.OS != "linux" {
		return []Check{foreignSystem(f), processors(f, n), disk(f, n)}
	}
	return []Check{
		system(f, n), processors(f, n), cgroups(f, n), memoryPeak(f), rollup(f, n), hiding(f, n), pressure(f),
		clock(f), hugePages(f), freeMemory(f, n), swap(f), disk(f, n), steal(f), quiet(f, n),
	}
}

func ok(name, found, means string) Check {
	return Check{Name: name, State: StateOK, Found: found, Means: means}
}

func warn(name, found, means, remedy string) Check {
	return Check{Name: name, State: StateWarn, Found: found, Means: means, Remedy: remedy}
}

func fail(name, found, means, remedy string) Check {
	return Check{Name: name, State: StateFail, Found: found, Means: means, Remedy: remedy}
}

func foreignSystem(f hostinfo.Facts) Check {
	return ok("system", f.OS+"/"+f.Arch,
		"variants run in Docker's virtual machine and memory is read there; whether this machine is quiet can't be told before a trial, what the virtual one does is watched during it")
}

// The oldest kernels: with smaps_rollup, and with a count of a cgroup's kernel
// memory under v2.
const (
	rollupKernel = "4.14"
	memoryKernel = "5.18"
)

func system(f hostinfo.Facts, n Need) Check {
	found := fmt.Sprintf("linux/%s, kernel %s", f.Arch, cmp.Or(f.Kernel, "unknown"))
	switch {
	case f.Kernel == "":
		return warn("system", found, "what this kernel can do is not known", "see that /proc is mounted")
	case older(f.Kernel, rollupKernel) && n.Processes:
		return fail("system", found, "it has no smaps_rollup, which the memory of processes is read from", "run Linux "+rollupKernel+" or later")
	case older(f.Kernel, memoryKernel) && f.Cgroup == 2 && !n.Processes:
		return ok("system", found, "kernel memory of a container is what it is charged beyond its other memory, up to 256 kB a processor too much: Linux "+memoryKernel+" counts it")
	}
	return ok("system", found, "")
}

// older says whether a kernel's release is below a version of two parts. One
// that can't be read is not.
func older(release, than string) bool {
	have, okHave := version(release)
	want, _ := version(than)
	return okHave && slices.Compare(have[:], want[:]) < 0
}

// version reads the first two numbers of "6.18.44-generic".
func version(release string) (v [2]int, ok bool) {
	major, rest, _ := strings.Cut(release, ".")
	minor := rest
	if end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		minor = rest[:end]
	}
	var err1, err2 error
	v[0], err1 = strconv.Atoi(major)
	v[1], err2 = strconv.Atoi(minor)
	return v, err1 == nil && err2 == nil
}

func processors(f hostinfo.Facts, n Need) Check {
	found := strconv.Itoa(f.CPUs)
	switch {
	case f.CPUs < n.CPUs.Whole() && n.PinsCPU:
		return fail("processors", found, fmt.Sprintf("a variant of %s gets %d", n.Scenario, n.CPUs.Whole()), "lower limits.cpus, or take a larger machine")
	case n.PinsCPU && !n.CPUs.IsWhole():
		return warn("processors", found, fmt.Sprintf("a process of this machine has no CPU quota: in place of %s CPUs a variant of %s gets %d whole", n.CPUs, n.Scenario, n.CPUs.Whole()),
			"start Docker, or write a whole number for limits.cpus")
	case f.CPUs < 2:
		return warn("processors", found, "the generator and the variant take turns: latency is that of both", "take a machine of 2 or more, and read no latency from this one")
	}
	return ok("processors", found, "")
}

func cgroups(f hostinfo.Facts, n Need) Check {
	switch {
	case f.Cgroup == 0 && n.Processes:
		return ok("cgroup", "none", "the host engine needs none: memory is the sum of PSS")
	case f.Cgroup == 0:
		return warn("cgroup", "none is mounted here", "Docker can't limit or count memory, unless it runs elsewhere", "mount cgroup v2 at /sys/fs/cgroup")
	}
	found := fmt.Sprintf("v%d", f.Cgroup)
	switch {
	case f.NoKernelMemory && !n.Processes:
		return fail("cgroup", found+", cgroup.memory=nokmem", "kernel memory of a container is not counted, and the headline needs it", "boot the kernel without cgroup.memory=nokmem")
	case f.Cgroup == 1:
		return ok("cgroup", found, "anon, shmem and kernel memory of a container are counted, each page once; caches of files that it looks up first (reclaimable slab) are among them, which v2 tells apart")
	}
	return ok("cgroup", found, "anon, shmem and kernel memory of a container are counted, each page once, without caches that the kernel drops at need")
}

// peakKernel can reset memory.peak through an open descriptor.
const peakKernel = "6.12"

func memoryPeak(f hostinfo.Facts) Check {
	const sampled = "the peak of a window is its highest sample, 5 a second"
	switch {
	case f.Cgroup == 2 && !older(f.Kernel, "5.19") && f.Kernel != "":
		if older(f.Kernel, peakKernel) {
			return ok("memory.peak", "there, and can't be reset (Linux "+peakKernel+" can)", sampled)
		}
		return ok("memory.peak", "there, and can be reset", "the kernel can tell the peak of a window alone")
	default:
		return ok("memory.peak", "not there (cgroup v2 since Linux 5.19)", sampled)
	}
}

func rollup(f hostinfo.Facts, n Need) Check {
	switch {
	case f.Rollup:
		return ok("smaps_rollup", "there", "PSS and USS of each process can be read")
	case n.Processes:
		return fail("smaps_rollup", "not there", "the host engine takes memory from it", "run Linux "+rollupKernel+" or later, with CONFIG_PROC_PAGE_MONITOR")
	default:
		return warn("smaps_rollup", "not there", "memory by process is not known, the container's is", "run Linux "+rollupKernel+" or later, with CONFIG_PROC_PAGE_MONITOR")
	}
}

// hiding: Yama keeps debuggers off a process, not the reading of its memory
// maps, which asks for the lesser right.
func hiding(f hostinfo.Facts, n Need) Check {
	found := "hidepid off"
	if f.HidePID != "" {
		found = "hidepid=" + f.HidePID
	}
	found += ", ptrace_scope " + cmp.Or(f.PtraceScope, "not there")
	if f.HidePID != "" && !f.Root && n.Processes {
		return warn("hiding", found, "processes of other users are hidden: a variant that changes its user can't be read", "mount -o remount,hidepid=0 /proc, or run as root")
	}
	return ok("hiding", found, "the processes of a variant can be read")
}

func pressure(f hostinfo.Facts) Check {
	if !f.Pressure {
		return warn("PSI", "not there", "whether tasks wait for a processor can't be told, before a trial or in it", "boot the kernel with psi=1 (CONFIG_PSI)")
	}
	return ok("PSI", "there", "")
}

// goodClocks can be read without entering the kernel.
var goodClocks = []string{"tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "xen", "timebase", "riscv_clocksource"}

// dearClock is what a reading may cost before it shows in a latency.
const dearClock = time.Microsecond

func clock(f hostinfo.Facts) Check {
	found := fmt.Sprintf("%s, %v a reading", cmp.Or(f.ClockSource, "unknown"), f.ClockRead)
	if f.ClockRead > dearClock {
		return warn("clock", found, "each reading is a call of the kernel: it adds to every latency", "boot with clocksource=tsc, where the processor's is stable")
	}
	if f.ClockSource != "" && !slices.Contains(goodClocks, f.ClockSource) {
		return warn("clock", found, "a slow and coarse clock source", "see /sys/devices/system/clocksource/clocksource0/available_clocksource for a better one")
	}
	return ok("clock", found, "")
}

func hugePages(f hostinfo.Facts) Check {
	switch f.HugePages {
	case "":
		return ok("huge pages", "none", "")
	case "always":
		return warn("huge pages", "always", "a process that touches 4 KiB may be given 2 MiB: memory depends on this setting",
			"measure with what production has; else: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled")
	default:
		return ok("huge pages", f.HugePages, "")
	}
}

// memoryBeside is what the harness, Postgres and the upstream take, about; and
// without it nothing runs.
const memoryBeside = 512 << 20

func freeMemory(f hostinfo.Facts, n Need) Check {
	if f.Memory == nil {
		return warn("memory", "unknown", "whether a variant fits can't be told", "see that /proc/meminfo can be read")
	}
	m := f.Memory
	found := fmt.Sprintf("%s available of %s", size(m.Available), size(m.Total))
	switch {
	case m.Available < memoryBeside:
		return fail("memory", found, "not even the harness and Postgres fit, about "+size(memoryBeside), "end other programs")
	case n.Memory > 0 && m.Available < n.Memory+memoryBeside:
		return warn("memory", found, fmt.Sprintf("a variant of %s may use %s: if it does, the machine swaps or kills, and trials are invalid", n.Scenario, size(n.Memory)),
			"end other programs, or lower limits.memory")
	}
	return ok("memory", found, "")
}

func swap(f hostinfo.Facts) Check {
	switch m := f.Memory; {
	case m == nil || m.SwapTotal == 0:
		return ok("swap", "none", "")
	case m.SwapTotal-min(m.SwapFree, m.SwapTotal) > m.SwapTotal/4:
		return warn("swap", fmt.Sprintf("%s of %s used", size(m.SwapTotal-m.SwapFree), size(m.SwapTotal)),
			"what is swapped out is in no figure of memory: a trial with more than 1 MB of it is invalid", "end other programs, then: swapoff -a && swapon -a")
	default:
		return ok("swap", size(m.SwapTotal)+", hardly used", "a trial in which a process is swapped out is invalid")
	}
}

// diskBeside is for logs, pictures and images.
const diskBeside = 1 << 30

func disk(f hostinfo.Facts, n Need) Check {
	if f.DiskFree == nil {
		return warn("disk", "unknown", "whether a run fits can't be told", "see that the directory for runs can be written")
	}
	found := size(*f.DiskFree) + " free where runs are left"
	means := ""
	if n.Scenario != "" {
		means = fmt.Sprintf("%s writes about %s", n.Scenario, size(n.Disk))
	}
	switch free := *f.DiskFree; {
	case free < n.Disk+diskBeside/10:
		return fail("disk", found, cmp.Or(means, "a run does not fit"), "make room, or leave the run elsewhere with -out")
	case free < 2*n.Disk+diskBeside:
		return warn("disk", found, cmp.Or(means, "a run just fits"), "make room")
	}
	return ok("disk", found, means)
}

// maxSteal is what a hypervisor may keep of one core, in a second of rest.
const maxSteal = 0.05

func steal(f hostinfo.Facts) Check {
	s := f.Noise.Steal
	switch {
	case s == nil:
		return warn("steal", "unknown", "whether a hypervisor takes processors away can't be told", "see that /proc/stat can be read")
	case *s > maxSteal:
		return warn("steal", metric.Cores(*s).String(), "the hypervisor gives this machine's processors to others", "take a machine with processors of its own")
	}
	return ok("steal", metric.Cores(*s).String(), "")
}

func quiet(f hostinfo.Facts, n Need) Check {
	if f.Noise.OtherCPU == nil {
		return warn("quietness", "unknown", "noise before a trial is not noticed: "+strings.Join(f.Noise.Missing, "; "), "see that /proc/stat can be read")
	}
	if why := n.Noise.Refuses(f.Noise); len(why) > 0 {
		if len(f.Noise.Programs) > 0 {
			why = append(why, "most by "+metric.ProgramsText(f.Noise.Programs, f.Noise.OtherCPU))
		}
		return warn("quietness", strings.Join(why, "; "),
			fmt.Sprintf("a trial would wait for up to %v and then be invalid", n.Noise.MaxWait), "end other programs, or allow more in the scenario's noise section")
	}
	found := "foreign CPU " + metric.Cores(*f.Noise.OtherCPU).String()
	if p := f.Noise.PressureCPU; p != nil {
		found += fmt.Sprintf(", pressure %.1f%%", 100**p)
	}
	if o := f.Noise.WakeupLatency; o != nil {
		found += ", sleep too long by " + metric.FormatValue(*o, metric.UnitSeconds)
	}
	return ok("quietness", found, "quiet enough for a trial to begin")
}

func size(bytes uint64) string { return metric.FormatValue(float64(bytes), metric.UnitBytes) }

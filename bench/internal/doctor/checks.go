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

// line is a check of the machine, under the name that it has in the output.
type line struct {
	name  string
	check func(hostinfo.Facts, Need) Check
}

var linuxChecks = []line{
	{"system", system}, {"processors", processors}, {"cgroup", cgroups}, {"memory.peak", memoryPeak},
	{"smaps_rollup", rollup}, {"hiding", hiding}, {"PSI", pressure}, {"clock", clock}, {"huge pages", hugePages},
	{"memory", freeMemory}, {"swap", swap}, {"disk", disk}, {"steal", steal}, {"quietness", quiet},
}

// otherChecks are for macOS: the variant runs in Docker's virtual machine, and the
// facts that count are read there.
var otherChecks = []line{{"system", otherSystem}, {"processors", processors}, {"disk", disk}}

// Checks returns what the facts mean for a run.
func Checks(f hostinfo.Facts, n Need) (checks []Check) {
	lines := linuxChecks
	if f.OS != "linux" {
		lines = otherChecks
	}
	for _, l := range lines {
		c := l.check(f, n)
		c.Name = l.name
		checks = append(checks, c)
	}
	return checks
}

func otherSystem(f hostinfo.Facts, _ Need) Check {
	return ok(f.OS+"/"+f.Arch, "variants run in Docker's virtual machine and memory is read there; "+
		"whether this machine is quiet is not known before a trial, the virtual one is watched during it")
}

func system(f hostinfo.Facts, n Need) Check {
	found := fmt.Sprintf("linux/%s, kernel %s", f.Arch, cmp.Or(f.Kernel, "unknown"))
	switch {
	case f.Kernel == "":
		return warn(found, "what this kernel can do is not known", "see that /proc is mounted")
	case older(f.Kernel, metric.KernelWithRollup) && n.Processes:
		return fail(found, "it has no smaps_rollup, which has the memory of processes", "run Linux "+metric.KernelWithRollup+" or later")
	case older(f.Kernel, metric.KernelWithMemory) && f.Cgroup == 2 && !n.Processes:
		return ok(found, "kernel memory of a container is what it is charged beyond its other memory, "+
			"up to 256 kB a processor too much: Linux "+metric.KernelWithMemory+" counts it")
	}
	return ok(found, "")
}

// older reports whether a kernel's release, such as "6.18.44-generic", is below a version
// of two parts. It is false for a release that can't be read.
func older(release, than string) bool {
	var have, want [2]int
	_, err := fmt.Sscanf(release, "%d.%d", &have[0], &have[1])
	_, _ = fmt.Sscanf(than, "%d.%d", &want[0], &want[1])
	return err == nil && slices.Compare(have[:], want[:]) < 0
}

func processors(f hostinfo.Facts, n Need) Check {
	found, whole := strconv.Itoa(f.CPUs), n.CPUs.Whole()
	switch {
	case f.CPUs < whole && n.PinsCPU:
		means := fmt.Sprintf("a variant of %s gets %d", n.Scenario, whole)
		return fail(found, means, "lower limits.cpus, or use a larger machine")
	case n.PinsCPU && !n.CPUs.IsWhole():
		means := fmt.Sprintf("there is no CPU quota: in place of %s CPUs a variant of %s gets %d whole", n.CPUs, n.Scenario, whole)
		return warn(found, means, "start Docker, or write a whole number for limits.cpus")
	case f.CPUs < 2:
		return warn(found, "the generator and the variant take turns, so latency includes both", "use 2 or more for latencies")
	}
	return ok(found, "")
}

func cgroups(f hostinfo.Facts, n Need) Check {
	const counted = "anon, shmem and kernel memory of a container are counted, each page once"
	found := fmt.Sprintf("v%d", f.Cgroup)
	switch {
	case f.Cgroup == 0 && n.Processes:
		return ok("none", "the host engine needs none: memory is the sum of PSS")
	case f.Cgroup == 0:
		return warn("none is mounted here", "Docker here can't limit or count memory", "mount cgroup v2 at /sys/fs/cgroup")
	case f.NoKernelMemory && !n.Processes:
		found += ", cgroup.memory=nokmem"
		return fail(found, "the memory figure lacks the kernel memory of a container", "boot the kernel without cgroup.memory=nokmem")
	case f.Cgroup == 1:
		return ok(found, counted+", with caches of file names (reclaimable slab), which v2 counts apart")
	}
	return ok(found, counted+", without caches that the kernel can drop")
}

func memoryPeak(f hostinfo.Facts, _ Need) Check {
	sampled := fmt.Sprintf("the peak of a window is its highest sample, %d a second", metric.SampleRate)
	switch {
	case f.Cgroup != 2 || f.Kernel == "" || older(f.Kernel, metric.KernelWithPeak):
		return ok("not there (cgroup v2 since Linux "+metric.KernelWithPeak+")", sampled)
	case older(f.Kernel, metric.KernelWithPeakReset):
		return ok("there, and can't be reset (Linux "+metric.KernelWithPeakReset+" can)", sampled)
	}
	return ok("there, and can be reset", "the kernel counts the peak of a window alone")
}

func rollup(f hostinfo.Facts, n Need) Check {
	const remedy = "run Linux " + metric.KernelWithRollup + " or later, with CONFIG_PROC_PAGE_MONITOR"
	switch {
	case f.Rollup:
		return ok("there", "PSS and USS of each process can be read")
	case n.Processes:
		return fail("not there", "the host engine takes memory from it", remedy)
	}
	return warn("not there", "memory by process is not known, the container's is", remedy)
}

// hiding does not judge ptrace_scope: Yama restricts debuggers, not the reading of
// memory maps.
func hiding(f hostinfo.Facts, n Need) Check {
	hidden := f.HidePID != ""
	found := "hidepid off"
	if hidden {
		found = "hidepid=" + f.HidePID
	}
	found += ", ptrace_scope " + cmp.Or(f.PtraceScope, "not there")
	if hidden && !f.Root && n.Processes {
		means := "processes of other users are hidden: a variant that changes its user can't be read"
		return warn(found, means, "mount -o remount,hidepid=0 /proc, or run as root")
	}
	return ok(found, "the processes of a variant can be read")
}

func pressure(f hostinfo.Facts, _ Need) Check {
	if !f.Pressure {
		return warn("not there", "how long tasks wait for a processor is not known", "boot the kernel with psi=1 (CONFIG_PSI)")
	}
	return ok("there", "")
}

const clockSources = "/sys/devices/system/clocksource/clocksource0"

// goodClocks can be read without entering the kernel.
var goodClocks = []string{
	"tsc", "kvm-clock", "arch_sys_counter", "hyperv_clocksource_tsc_page", "xen", "timebase", "riscv_clocksource",
}

// maxClockRead is what a reading may take before it shows in a latency.
const maxClockRead = time.Microsecond

func clock(f hostinfo.Facts, _ Need) Check {
	found := fmt.Sprintf("%s, %v a reading", cmp.Or(f.ClockSource, "unknown"), f.ClockRead)
	switch {
	case f.ClockRead > maxClockRead:
		return warn(found, "each reading is a system call: it adds to every latency", "boot with clocksource=tsc")
	case f.ClockSource != "" && !slices.Contains(goodClocks, f.ClockSource):
		return warn(found, "a slow and coarse clock source", "choose one of available_clocksource in "+clockSources)
	}
	return ok(found, "")
}

func hugePages(f hostinfo.Facts, _ Need) Check {
	if f.HugePages == "always" {
		return warn("always", "a process that touches 4 KiB may get 2 MiB: memory depends on this setting",
			"measure with the setting of production; else: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled")
	}
	return ok(cmp.Or(f.HugePages, "none"), "")
}

// otherMemory is roughly what the harness, Postgres and the upstream use.
const otherMemory = 512 << 20

func freeMemory(f hostinfo.Facts, n Need) Check {
	if f.Memory == nil {
		return warn("unknown", "whether a variant fits is not known", "see that /proc/meminfo can be read")
	}
	m := f.Memory
	found := fmt.Sprintf("%s available of %s", size(m.Available), size(m.Total))
	switch {
	case m.Available < otherMemory:
		return fail(found, "too little for the harness and Postgres, which need about "+size(otherMemory), "end other programs")
	case n.Memory > 0 && m.Available < n.Memory+otherMemory:
		means := fmt.Sprintf("a variant of %s may use %s: the machine would swap or kill it", n.Scenario, size(n.Memory))
		return warn(found, means, "end other programs, or lower limits.memory")
	}
	return ok(found, "")
}

func swap(f hostinfo.Facts, _ Need) Check {
	m := f.Memory
	if m == nil || m.SwapTotal == 0 {
		return ok("none", "")
	}
	if used := m.SwapTotal - min(m.SwapFree, m.SwapTotal); used > m.SwapTotal/4 {
		return warn(fmt.Sprintf("%s of %s used", size(used), size(m.SwapTotal)),
			"memory figures lack what is swapped out: a trial with more than "+size(metric.MaxSwap)+" of it is invalid",
			"end other programs, then: swapoff -a && swapon -a")
	}
	return ok(size(m.SwapTotal)+", hardly used", "a trial in which more than "+size(metric.MaxSwap)+" of a process is swapped out is invalid")
}

// otherDisk is for logs, pictures and images.
const otherDisk = 1 << 30

func disk(f hostinfo.Facts, n Need) Check {
	if f.DiskFree == nil {
		return warn("unknown", "whether a run fits is not known", "see that the directory for runs can be written")
	}
	found := size(*f.DiskFree) + " free where runs are stored"
	means := ""
	if n.Scenario != "" {
		means = fmt.Sprintf("%s writes about %s", n.Scenario, size(n.Disk))
	}
	switch free := *f.DiskFree; {
	case free < n.Disk+otherDisk/10:
		return fail(found, cmp.Or(means, "a run does not fit"), "make room, or store the run elsewhere with -out")
	case free < 2*n.Disk+otherDisk:
		return warn(found, cmp.Or(means, "a run just fits"), "make room")
	}
	return ok(found, means)
}

// maxSteal is what a hypervisor may take of one core, in a second without load.
const maxSteal = 0.05

func steal(f hostinfo.Facts, _ Need) Check {
	s := f.Noise.Steal
	if s == nil {
		return warn("unknown", "whether a hypervisor takes processors away is not known", "see that /proc/stat can be read")
	}
	found := metric.Cores(*s).String()
	if *s > maxSteal {
		return warn(found, "the hypervisor gives this machine's processors to others", "use a machine with processors of its own")
	}
	return ok(found, "")
}

func quiet(f hostinfo.Facts, n Need) Check {
	if f.Noise.OtherCPU == nil {
		means := "noise before a trial is not noticed: " + strings.Join(f.Noise.Missing, "; ")
		return warn("unknown", means, "see that /proc/stat can be read")
	}
	if why := n.Noise.Refuses(f.Noise); len(why) > 0 {
		if len(f.Noise.Programs) > 0 {
			why = append(why, "most by "+metric.ProgramsText(f.Noise.Programs, f.Noise.OtherCPU))
		}
		return warn(strings.Join(why, "; "), fmt.Sprintf("a trial would wait for up to %v and then be invalid", n.Noise.MaxWait),
			"end other programs, or allow more in the scenario's noise section")
	}
	found := "other CPU " + metric.Cores(*f.Noise.OtherCPU).String()
	if p := f.Noise.PressureCPU; p != nil {
		found += fmt.Sprintf(", CPU pressure %.1f%%", 100**p)
	}
	if o := f.Noise.WakeupLatency; o != nil {
		found += ", wake-up latency " + metric.FormatValue(*o, metric.UnitSeconds)
	}
	return ok(found, "quiet enough for a trial to begin")
}

func size(bytes uint64) string { return metric.FormatValue(float64(bytes), metric.UnitBytes) }

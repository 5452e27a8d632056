package metric

import "time"

// Fixed facts of a measurement that several packages name: who applies one, and who
// tells a person about it before a run.
const (
	// SampleRate is how many samples of a variant are taken a second.
	SampleRate = 5
	// MaxSwap is the most of a process that may be swapped out, in bytes. Swapped memory
	// is in no memory figure and makes a variant look small.
	MaxSwap = 1 << 20
	// WakeupSleep is the sleep whose excess length is the wake-up latency.
	WakeupSleep = time.Millisecond
)

// The oldest kernels that provide something, as versions of two parts.
const (
	KernelWithRollup    = "4.14" // smaps_rollup
	KernelWithMemory    = "5.18" // the kernel memory of a cgroup v2
	KernelWithPeak      = "5.19" // memory.peak of a cgroup v2
	KernelWithPeakReset = "6.12" // a memory.peak that can be reset
)

// Package noise has the limits on the activity of the rest of the machine.
package noise

import (
	"fmt"
	"time"

	"github.com/memproof/memproof/bench/internal/strictyaml"
	"github.com/memproof/memproof/bench/metric"
)

// Limits are the limits on the activity of the rest of the machine. They are fixed
// before a run, with the claims, so that unwelcome trials cannot be dropped afterwards.
//
// Steal alone is not enough: it stays 0 if another program of the same machine uses 60%
// of a core, and it may stay 0 where a hypervisor delays this machine.
//
//	noise: {other_cpu: 5%, cpu_psi: 2%, wakeup_latency: 1ms, max_wait: 30s, reading: 1500ms, other_cpu_during: 25%}
//
// The first three apply before a trial, when no part of it runs yet. A trial waits for
// a quiet machine, up to MaxWait; then it runs anyway, is invalid and is run again (see
// max_repeats). OtherCPUDuring applies in the window. A reading that the
// machine does not give exceeds no limit. 0 is a valid limit.
type Limits struct {
	// OtherCPU is the CPU time that other programs may use before a trial, in cores.
	OtherCPU metric.Cores `yaml:"other_cpu" also:"foreign_cpu"`
	// CPUPSI is the share of time, 0 to 1, in which some task of the machine may wait
	// for a processor before a trial: /proc/pressure/cpu, some.
	CPUPSI metric.Share `yaml:"cpu_psi" also:"pressure,psi,cpu_pressure"`
	// WakeupLatency is how much too long a sleep of 1 ms may be before a trial, at the
	// 99th percentile.
	WakeupLatency time.Duration `yaml:"wakeup_latency" also:"overshoot,latency"`
	// MaxWait is how long a trial waits for a quiet machine; 0 takes one reading and
	// does not wait.
	MaxWait time.Duration `yaml:"max_wait" also:"patience,wait,timeout"`
	// Reading is the length of one reading. The kernel counts CPU time in ticks of
	// 10 ms, so a short reading is coarse, and suits a scenario with wide limits.
	Reading time.Duration `yaml:"reading" also:"look,interval"`
	// OtherCPUDuring is the CPU time of other programs in the window, in cores. It
	// leaves out the variant, the generator, the sampler, Postgres and the upstream.
	// Docker's own programs count; the kernel's network work, in interrupts, does not.
	OtherCPUDuring metric.Cores `yaml:"other_cpu_during" also:"foreign_cpu_during"`
}

// DefaultReading is the default length of a reading of the machine.
const DefaultReading = 1500 * time.Millisecond

// Default returns the limits of a scenario without a noise section. On an idle
// virtual machine of 2 cores other CPU was 0-3% in 30 readings and PSI 0.1-0.7% in 20.
// The wake-up latency was below 1 ms in 54 of 66, and 1-3 ms in the rest, when the host
// was busy. So a second reading is usual and a tenth is not. With another program on 60%
// of one core other CPU was 61-65%, in 8 readings. With compilers on both cores it was
// 177-195%, PSI 68-100% and the wake-up latency 0.4-11 ms. Steal was 0 in all of them.
func Default() Limits {
	return Limits{
		OtherCPU: 0.05, CPUPSI: 0.02, WakeupLatency: time.Millisecond,
		MaxWait: 30 * time.Second, Reading: DefaultReading, OtherCPUDuring: 0.25,
	}
}

const (
	shortestReading = 150 * time.Millisecond // some of the kernel's ticks
	longestReading  = time.Minute
	longestWait     = time.Hour // before one trial
)

// Check refuses limits that no machine can keep. field is the section's.
func (l Limits) Check(d *strictyaml.Document, field string) {
	if l.WakeupLatency == 0 {
		d.Fail(field+".wakeup_latency", "is 0, and no sleep is exact: want above 0, such as 1ms")
	}
	if l.Reading < shortestReading || l.Reading > longestReading {
		d.Fail(field+".reading", "%v is out of range: want %v to %v", l.Reading, shortestReading, longestReading)
	}
	if l.MaxWait > longestWait {
		d.Fail(field+".max_wait", "%v is out of range: want at most %v before each trial", l.MaxWait, longestWait)
	}
}

// Refuses lists the limits that the reading exceeds, in words; empty if the machine is
// quiet, or its readings are missing.
func (l Limits) Refuses(n metric.Noise) (why []string) {
	_, why = l.exceeded(n)
	return why
}

// Keys lists the keys of the scenario's noise section whose limits the reading exceeds.
func (l Limits) Keys(n metric.Noise) (names []string) {
	names, _ = l.exceeded(n)
	return names
}

func (l Limits) exceeded(n metric.Noise) (keys, why []string) {
	check := func(key string, x *float64, limit float64, says func(x float64) string) {
		if x != nil && *x > limit {
			keys, why = append(keys, key), append(why, says(*x))
		}
	}
	check("other_cpu", n.OtherCPU, float64(l.OtherCPU), func(x float64) string {
		return fmt.Sprintf("other CPU %s, at most %s allowed", metric.Cores(x), metric.ShowShare(float64(l.OtherCPU)))
	})
	check("cpu_psi", n.PressureCPU, float64(l.CPUPSI), func(x float64) string {
		return fmt.Sprintf("tasks waited for a processor %s of the time, at most %s allowed", metric.ShowShare(x), metric.ShowShare(float64(l.CPUPSI)))
	})
	check("wakeup_latency", n.WakeupLatency, l.WakeupLatency.Seconds(), func(x float64) string {
		return fmt.Sprintf("a sleep of %v took %s longer at p99, at most %v allowed", metric.WakeupSleep, metric.FormatValue(x, metric.UnitSeconds), l.WakeupLatency)
	})
	return keys, why
}

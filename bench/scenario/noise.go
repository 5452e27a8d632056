package scenario

import (
	"fmt"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// NoiseLimits are the limits on the activity of the rest of the machine. They are fixed
// before a run, with the claims, so that unwelcome trials cannot be dropped afterwards.
//
// Steal alone would not do. If another program of the same machine uses 60% of a core,
// steal stays 0, and it may stay 0 where a hypervisor delays this machine.
//
//	noise: {other_cpu: 5%, cpu_psi: 2%, wakeup_latency: 1ms, max_wait: 30s, reading: 1500ms, other_cpu_during: 25%}
//
// The first three apply before a trial, when no part of it runs yet. A trial waits for
// a quiet machine, up to patience; then it runs anyway, is invalid and is run again
// (see [Scenario.Replace]). The last applies in the window. A reading that the machine
// does not give breaks no limit.
type NoiseLimits struct {
	// ForeignCPU is the CPU time that other programs may use, before a trial.
	OtherCPU metric.Cores `yaml:"other_cpu" also:"foreign_cpu"`
	// Pressure is the share of time, 0 to 1, in which some task of the machine may wait
	// for a processor (PSI, cpu some), before a trial.
	CPUPSI metric.Share `yaml:"cpu_psi" also:"pressure,psi"`
	// Overshoot is the wake-up latency: how much too long a sleep of 1 ms may be at the
	// 99th percentile, before a trial.
	WakeupLatency time.Duration `yaml:"wakeup_latency" also:"overshoot,latency"`
	// Patience is how long a trial waits for a quiet machine; 0 takes one reading and
	// does not wait.
	MaxWait time.Duration `yaml:"max_wait" also:"patience,wait,timeout"`
	// Look is the length of one reading, 1.5 s by default. The kernel counts CPU time
	// in ticks of 10 ms, so a short reading is coarse, and suits a scenario with wide
	// limits.
	Reading time.Duration `yaml:"reading" also:"look,interval"`
	// ForeignCPUDuring is the CPU time of other programs in the window. It leaves out
	// the variant, the generator, the sampler, Postgres and the upstream. Docker's own
	// programs count; the kernel's work for the network, in interrupts, does not.
	OtherCPUDuring metric.Cores `yaml:"other_cpu_during" also:"foreign_cpu_during"`
}

// DefaultLook is the default length of a reading of the machine.
const DefaultReading = 1500 * time.Millisecond

// defaultNoise applies to keys that the scenario leaves out.
var defaultNoise = NoiseLimits{
	OtherCPU: 0.05, CPUPSI: 0.02, WakeupLatency: time.Millisecond,
	MaxWait: 30 * time.Second, Reading: DefaultReading, OtherCPUDuring: 0.25,
}

// DefaultNoise returns the limits of a scenario without a noise section. On an idle
// virtual machine of 2 cores foreign CPU was 0-3% in 30 readings and pressure 0.1-0.7%
// in 20. Overshoot was below 1 ms in 54 of 66, and 1-3 ms in the rest, when the machine
// below was busy. So a second reading is usual and a tenth is not. With another program
// on 60% of one core foreign CPU was 61-65%, in 8 readings. With compilers on both
// cores it was 177-195%, pressure 68-100% and overshoot 0.4-11 ms. Steal was 0 in all
// of them.
func DefaultNoise() NoiseLimits { return defaultNoise }

// noise fills in and checks the scenario's section. 0 is a valid limit, so only missing
// keys get a default.
func (c checker) noise() {
	n, d := &c.sc.Noise, defaultNoise
	unless(c.Has("noise.other_cpu"), &n.OtherCPU, d.OtherCPU)
	unless(c.Has("noise.cpu_psi"), &n.CPUPSI, d.CPUPSI)
	unless(c.Has("noise.wakeup_latency"), &n.WakeupLatency, d.WakeupLatency)
	unless(c.Has("noise.max_wait"), &n.MaxWait, d.MaxWait)
	unless(c.Has("noise.reading"), &n.Reading, d.Reading)
	unless(c.Has("noise.other_cpu_during"), &n.OtherCPUDuring, d.OtherCPUDuring)
	if n.WakeupLatency == 0 && !c.Bad("noise.wakeup_latency") {
		c.Fail("noise.wakeup_latency", "no sleep is exact: want above 0, such as 1ms")
	}
	if (n.Reading < shortestLook || n.Reading > longestLook) && !c.Bad("noise.reading") {
		c.Fail("noise.reading", "%v is out of range: want %v to %v", n.Reading, shortestLook, longestLook)
	}
	if n.MaxWait > longestWait {
		c.Fail("noise.max_wait", "%v is out of range: want at most %v before each trial", n.MaxWait, longestWait)
	}
}

// A reading must span some of the kernel's ticks, and a trial must begin some time.
const (
	shortestLook = 150 * time.Millisecond
	longestLook  = time.Minute
)

func unless[T any](given bool, to *T, value T) {
	if !given {
		*to = value
	}
}

// maxPatience limits how long a run may wait before one trial.
const longestWait = time.Hour

// Refuses lists the limits that the reading exceeds, in words; empty if the machine is
// quiet, or its readings are missing.
func (l NoiseLimits) Refuses(n metric.Noise) (why []string) {
	if x := n.OtherCPU; x != nil && *x > float64(l.OtherCPU) {
		why = append(why, fmt.Sprintf("foreign CPU %s, at most %s allowed", metric.Cores(*x), metric.ShareText(float64(l.OtherCPU))))
	}
	if x := n.PressureCPU; x != nil && *x > float64(l.CPUPSI) {
		why = append(why, fmt.Sprintf("tasks waited for a processor %s of the time, at most %s allowed", metric.ShareText(*x), metric.ShareText(float64(l.CPUPSI))))
	}
	if x := n.WakeupLatency; x != nil && *x > l.WakeupLatency.Seconds() {
		why = append(why, fmt.Sprintf("a sleep of 1 ms took %s longer at p99, at most %v allowed", metric.FormatValue(*x, metric.UnitSeconds), l.WakeupLatency))
	}
	return why
}

// Keys lists the keys of the scenario's noise section whose limits the reading exceeds.
func (l NoiseLimits) Keys(n metric.Noise) (names []string) {
	for _, one := range []struct {
		key   string
		x     *float64
		limit float64
	}{
		{"other_cpu", n.OtherCPU, float64(l.OtherCPU)},
		{"pressure", n.PressureCPU, float64(l.CPUPSI)},
		{"wakeup_latency", n.WakeupLatency, l.WakeupLatency.Seconds()},
	} {
		if one.x != nil && *one.x > one.limit {
			names = append(names, one.key)
		}
	}
	return names
}

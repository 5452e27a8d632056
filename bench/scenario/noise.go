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
//	noise: {foreign_cpu: 5%, pressure: 2%, overshoot: 1ms, patience: 30s, look: 1500ms, foreign_cpu_during: 25%}
//
// The first three apply before a trial, when no part of it runs yet. A trial waits for
// a quiet machine, up to patience; then it runs anyway, is invalid and is run again
// (see [Scenario.Replace]). The last applies in the window. A reading that the machine
// does not give breaks no limit.
type NoiseLimits struct {
	// ForeignCPU is the CPU time that other programs may use, before a trial.
	ForeignCPU metric.Cores `yaml:"foreign_cpu"`
	// Pressure is the share of time, 0 to 1, in which some task of the machine may wait
	// for a processor (PSI, cpu some), before a trial.
	Pressure metric.Share `yaml:"pressure"`
	// Overshoot is the wake-up latency: how much too long a sleep of 1 ms may be at the
	// 99th percentile, before a trial.
	Overshoot time.Duration `yaml:"overshoot"`
	// Patience is how long a trial waits for a quiet machine; 0 takes one reading and
	// does not wait.
	Patience time.Duration `yaml:"patience"`
	// Look is the length of one reading, 1.5 s by default. The kernel counts CPU time
	// in ticks of 10 ms, so a short reading is coarse, and suits a scenario with wide
	// limits.
	Look time.Duration `yaml:"look"`
	// ForeignCPUDuring is the CPU time of other programs in the window. It leaves out
	// the variant, the generator, the sampler, Postgres and the upstream. Docker's own
	// programs count; the kernel's work for the network, in interrupts, does not.
	ForeignCPUDuring metric.Cores `yaml:"foreign_cpu_during"`
}

// DefaultLook is the default length of a reading of the machine.
const DefaultLook = 1500 * time.Millisecond

// defaultNoise applies to keys that the scenario leaves out.
var defaultNoise = NoiseLimits{
	ForeignCPU: 0.05, Pressure: 0.02, Overshoot: time.Millisecond,
	Patience: 30 * time.Second, Look: DefaultLook, ForeignCPUDuring: 0.25,
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
	unless(c.Has("noise.foreign_cpu"), &n.ForeignCPU, d.ForeignCPU)
	unless(c.Has("noise.pressure"), &n.Pressure, d.Pressure)
	unless(c.Has("noise.overshoot"), &n.Overshoot, d.Overshoot)
	unless(c.Has("noise.patience"), &n.Patience, d.Patience)
	unless(c.Has("noise.look"), &n.Look, d.Look)
	unless(c.Has("noise.foreign_cpu_during"), &n.ForeignCPUDuring, d.ForeignCPUDuring)
	if n.Overshoot == 0 && !c.Bad("noise.overshoot") {
		c.Fail("noise.overshoot", "no sleep is exact: want above 0, such as 1ms")
	}
	if (n.Look < shortestLook || n.Look > longestLook) && !c.Bad("noise.look") {
		c.Fail("noise.look", "%v is out of range: want %v to %v", n.Look, shortestLook, longestLook)
	}
	if n.Patience > maxPatience {
		c.Fail("noise.patience", "%v is out of range: want at most %v before each trial", n.Patience, maxPatience)
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
const maxPatience = time.Hour

// Refuses lists the limits that the reading exceeds, in words; empty if the machine is
// quiet, or its readings are missing.
func (l NoiseLimits) Refuses(n metric.Noise) (why []string) {
	if x := n.ForeignCPU; x != nil && *x > float64(l.ForeignCPU) {
		why = append(why, fmt.Sprintf("foreign CPU %s, at most %s allowed", metric.Cores(*x), metric.ShareText(float64(l.ForeignCPU))))
	}
	if x := n.PressureCPU; x != nil && *x > float64(l.Pressure) {
		why = append(why, fmt.Sprintf("tasks waited for a processor %s of the time, at most %s allowed", metric.ShareText(*x), metric.ShareText(float64(l.Pressure))))
	}
	if x := n.Overshoot; x != nil && *x > l.Overshoot.Seconds() {
		why = append(why, fmt.Sprintf("a sleep of 1 ms took %s longer at p99, at most %v allowed", metric.FormatValue(*x, metric.UnitSeconds), l.Overshoot))
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
		{"foreign_cpu", n.ForeignCPU, float64(l.ForeignCPU)},
		{"pressure", n.PressureCPU, float64(l.Pressure)},
		{"overshoot", n.Overshoot, l.Overshoot.Seconds()},
	} {
		if one.x != nil && *one.x > one.limit {
			names = append(names, one.key)
		}
	}
	return names
}

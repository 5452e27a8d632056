package scenario

import (
	"fmt"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// NoiseLimits say how much the rest of the machine may do. They are fixed
// before a run, with the claims, so that nobody can drop the trials that he
// does not like.
//
// Steal alone would not do: with 60% of a core used by another program of the
// same machine it stays 0, and so it may where a hypervisor delays this one.
//
//	noise: {foreign_cpu: 5%, pressure: 2%, overshoot: 1ms, patience: 30s, look: 1500ms, foreign_cpu_during: 25%}
//
// The first three hold before a trial, when nothing of it runs yet: a machine
// that is not quiet is waited for, up to patience; then the trial runs all the
// same and is invalid, and is run again (see [Scenario.Replace]).
// The last holds in the window. A reading that the machine does not give is
// never held against it.
type NoiseLimits struct {
	// ForeignCPU is the CPU time that other programs may use, before a trial.
	ForeignCPU metric.Cores `yaml:"foreign_cpu"`
	// Pressure is the share of time, 0 to 1, in which some task of the machine
	// may wait for a processor (PSI, cpu some), before a trial.
	Pressure metric.Share `yaml:"pressure"`
	// Overshoot is by how much a sleep of 1 ms may be too long at the 99th
	// percentile, before a trial.
	Overshoot time.Duration `yaml:"overshoot"`
	// Patience is how long a trial waits for the machine to become quiet; 0 is
	// one look and no wait.
	Patience time.Duration `yaml:"patience"`
	// Look is how long one look takes, a second and a half by default. The
	// kernel counts CPU time in ticks of 10 ms, so that a short look is a coarse
	// one, for a scenario whose limits are wide.
	Look time.Duration `yaml:"look"`
	// ForeignCPUDuring is the CPU time of programs that are neither the
	// variant nor the generator, the sampler, Postgres or the upstream, in the
	// window. Docker's own programs count among them; what the kernel does for the
	// network, in interrupts, does not.
	ForeignCPUDuring metric.Cores `yaml:"foreign_cpu_during"`
}

// DefaultLook is how long a look at the machine takes where nobody says.
const DefaultLook = 1500 * time.Millisecond

// defaultNoise is for what the scenario does not say.
var defaultNoise = NoiseLimits{
	ForeignCPU: 0.05, Pressure: 0.02, Overshoot: time.Millisecond,
	Patience: 30 * time.Second, Look: DefaultLook, ForeignCPUDuring: 0.25,
}

// DefaultNoise is what a scenario allows that says nothing of noise. On an idle
// virtual machine of 2 cores foreign CPU was 0-3% in 30 looks and pressure
// 0.1-0.7% in 20; overshoot was below 1 ms in 54 of 66, and 1-3 ms in the rest,
// when the machine below was busy, so that a second look is usual and a tenth is
// not. With 60% of one core used by another program foreign CPU was 61-65%, in 8
// looks; with compilers on both it was 177-195%, pressure 68-100% and overshoot
// 0.4-11 ms. Steal was 0 in all of them.
func DefaultNoise() NoiseLimits { return defaultNoise }

// noise fills in and checks the scenario's section. 0 is a limit like another,
// so that only what the file does not hold gets its default.
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

// A look is to see some ticks of the kernel's, and a trial is to begin.
const (
	shortestLook = 150 * time.Millisecond
	longestLook  = time.Minute
)

func unless[T any](given bool, to *T, value T) {
	if !given {
		*to = value
	}
}

// maxPatience bounds how long a run may stand still before one trial.
const maxPatience = time.Hour

// Refuses says in which ways the reading is over the limits; empty where the
// machine is quiet, or says nothing.
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

// Keys are those of the scenario's noise whose limits the reading is over.
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

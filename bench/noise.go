package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
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
// same and is invalid, so that its block is run again (see [Scenario.Replace]).
// The last holds in the window. A reading that the machine does not give is
// never held against it.
type NoiseLimits struct {
	// ForeignCPU is the CPU time that other programs may use, before a trial.
	ForeignCPU Cores `yaml:"foreign_cpu"`
	// Pressure is the share of time, 0 to 1, in which some task of the machine
	// may wait for a processor (PSI, cpu some), before a trial.
	Pressure Share `yaml:"pressure"`
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
	ForeignCPUDuring Cores `yaml:"foreign_cpu_during"`
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

// Cores is CPU time by time, in processors. Its text is a share of one core,
// "5%", or a number of them, "0.05"; more than one core is "150%" or "1.5".
type Cores float64

// UnmarshalText reads "5%".
func (c *Cores) UnmarshalText(text []byte) error {
	q, err := ParseQuantity(string(text))
	if err != nil || q.Unit != UnitNumber || q.Value < 0 {
		return fmt.Errorf("%q is no CPU time: write it as a share of one core, like 5%% or 150%%, from 0%%", text)
	}
	*c = Cores(q.Value)
	return nil
}

// String is "5% of a core".
func (c Cores) String() string { return shareText(float64(c)) + " of a core" }

// shareText is a share as a person writes it: at most one decimal.
func shareText(x float64) string {
	return strconv.FormatFloat(math.Round(x*1000)/10, 'f', -1, 64) + "%"
}

// Noise is one look at a machine on which nothing of a trial runs: what its
// other programs do. What could not be read is nil
// and named in Missing.
type Noise struct {
	At   time.Time `json:"at"`             // when the look began
	Boot string    `json:"boot,omitempty"` // identifies the machine and its boot, see [Machine]

	ForeignCPU *float64 `json:"foreign_cpu,omitempty"` // CPU seconds a second of all processors, without the looker's own
	Interrupts *float64 `json:"interrupts,omitempty"`  // CPU seconds a second that the kernel spent on interrupts; not in ForeignCPU
	Steal      *float64 `json:"steal,omitempty"`       // CPU seconds a second that the hypervisor kept
	// The share of time, 0 to 1, in which some task waited for a processor,
	// for memory, for a disk.
	PressureCPU    *float64 `json:"pressure_cpu,omitempty"`
	PressureMemory *float64 `json:"pressure_memory,omitempty"`
	PressureIO     *float64 `json:"pressure_io,omitempty"`
	Overshoot      *float64 `json:"overshoot,omitempty"` // seconds that a sleep of 1 ms was too long, 99th percentile

	// Programs are those that used the processors, the busiest first.
	Programs []ProgramCPU `json:"programs,omitempty"`

	Missing []string `json:"missing,omitempty"`
}

// ProgramCPU is what the processes of one name used of the processors.
type ProgramCPU struct {
	Name  string  `json:"name"`  // as the kernel has it, at most 15 characters; never a path or an argument
	PIDs  int     `json:"pids"`  // how many processes
	Cores float64 `json:"cores"` // their own CPU seconds a second, without those of children that ended
}

// Refuses says in which ways the reading is over the limits; empty where the
// machine is quiet, or says nothing.
func (l NoiseLimits) Refuses(n Noise) (why []string) {
	if x := n.ForeignCPU; x != nil && *x > float64(l.ForeignCPU) {
		why = append(why, fmt.Sprintf("foreign CPU %s, at most %s allowed", Cores(*x), shareText(float64(l.ForeignCPU))))
	}
	if x := n.PressureCPU; x != nil && *x > float64(l.Pressure) {
		why = append(why, fmt.Sprintf("tasks waited for a processor %s of the time, at most %s allowed", shareText(*x), shareText(float64(l.Pressure))))
	}
	if x := n.Overshoot; x != nil && *x > l.Overshoot.Seconds() {
		why = append(why, fmt.Sprintf("a sleep of 1 ms took %s longer at p99, at most %v allowed", FormatValue(*x, UnitSeconds), l.Overshoot))
	}
	return why
}

// keys are those of the scenario's noise whose limits the reading is over.
func (l NoiseLimits) keys(n Noise) (names []string) {
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

// TrialNoise is how quiet the machine was before a trial, and who used it during
// the load.
type TrialNoise struct {
	Before   []Noise `json:"before"`             // the looks, in their order; the last is the one before the start
	Rejected int     `json:"rejected,omitempty"` // how many of them were over the limits
	// During are the programs without a part in the trial that used the processors
	// of the generator's machine while the load ran, the busiest first.
	During []ProgramCPU `json:"during,omitempty"`
}

// neighbour says in which ways a machine was not quiet, which programs made it
// so, of the foreign CPU time (nil: not known), and what to do: end them, or
// change those keys of the scenario.
func neighbour(why []string, programs []ProgramCPU, foreign *float64, keys ...string) string {
	for i := range keys {
		keys[i] = "noise." + keys[i]
	}
	allow := "allow more with " + strings.Join(keys, " and ")
	if len(programs) == 0 {
		return fmt.Sprintf("noisy neighbour: %s; no program that can be seen from here used much: take a quieter machine, or %s", strings.Join(why, "; "), allow)
	}
	return fmt.Sprintf("noisy neighbour: %s; most by %s: stop what can be stopped, or %s", strings.Join(why, "; "), ProgramsText(programs, foreign), allow)
}

// namedPrograms is how many a message names.
const namedPrograms = 3

// Of foreign CPU time so much may be of no program in the list before a message
// says so: this share of it, and this many cores. The kernel counts the whole in
// ticks and the parts exactly, and programs that used little are not listed.
const (
	largeUnseenShare = 0.25
	largeUnseenCores = 0.05
)

// ProgramsText names the busiest: "cc1 (4 processes) 152%, make 3% of a core".
// Where much of the foreign CPU time (nil: not known) is of none of them, it says
// how much: programs that lived and died between two readings can't be seen.
func ProgramsText(programs []ProgramCPU, foreign *float64) string {
	var parts []string
	for _, p := range programs[:min(len(programs), namedPrograms)] {
		part := p.Name
		if p.PIDs > 1 {
			part += fmt.Sprintf(" (%d processes)", p.PIDs)
		}
		parts = append(parts, part+" "+shareText(p.Cores))
	}
	text := strings.Join(parts, ", ") + " of a core"
	if x := unseen(programs, foreign); x > 0 {
		text += fmt.Sprintf("; not seen: %s, of programs that began and ended in between", shareText(x))
	}
	return text
}

// unseen is how much of the foreign CPU time is of none of the programs, in cores;
// 0 where that is little.
func unseen(programs []ProgramCPU, foreign *float64) float64 {
	if foreign == nil {
		return 0
	}
	rest := *foreign
	for _, p := range programs {
		rest -= p.Cores
	}
	if rest < max(largeUnseenCores, largeUnseenShare**foreign) {
		return 0
	}
	return rest
}

package metric

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

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
		parts = append(parts, part+" "+ShareText(p.Cores))
	}
	text := strings.Join(parts, ", ") + " of a core"
	if x := unseen(programs, foreign); x > 0 {
		text += fmt.Sprintf("; not seen: %s, of programs that began and ended in between", ShareText(x))
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
func (c Cores) String() string { return ShareText(float64(c)) + " of a core" }

// ShareText is a share as a person writes it: at most one decimal.
func ShareText(x float64) string {
	return strconv.FormatFloat(math.Round(x*1000)/10, 'f', -1, 64) + "%"
}

// Neighbour says in which ways a machine was not quiet, which programs made it
// so, of the foreign CPU time (nil: not known), and what to do: end them, or
// change those keys of the scenario.
func Neighbour(why []string, programs []ProgramCPU, foreign *float64, keys ...string) string {
	for i := range keys {
		keys[i] = "noise." + keys[i]
	}
	allow := "allow more with " + strings.Join(keys, " and ")
	if len(programs) == 0 {
		return fmt.Sprintf("noisy neighbour: %s; no program that can be seen from here used much: take a quieter machine, or %s", strings.Join(why, "; "), allow)
	}
	return fmt.Sprintf("noisy neighbour: %s; most by %s: stop what can be stopped, or %s", strings.Join(why, "; "), ProgramsText(programs, foreign), allow)
}

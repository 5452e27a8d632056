package metric

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Noise is one reading of a machine on which no part of a trial runs: the activity of
// its other programs. A value that could not be read is nil and named in Missing.
type Noise struct {
	At   time.Time `json:"at"`             // when the reading began
	Boot string    `json:"boot,omitempty"` // identifies the machine and its boot, see [Machine]

	OtherCPU   *float64 `json:"other_cpu,omitempty"`  // CPU seconds per second of all processors, without the reader's own
	Interrupts *float64 `json:"interrupts,omitempty"` // CPU seconds per second that the kernel spent on interrupts; not in ForeignCPU
	Steal      *float64 `json:"steal,omitempty"`      // CPU seconds per second that the hypervisor gave to others
	// The share of time, 0 to 1, in which some task waited for a processor, for memory,
	// for a disk.
	PressureCPU    *float64 `json:"pressure_cpu,omitempty"`
	PressureMemory *float64 `json:"pressure_memory,omitempty"`
	PressureIO     *float64 `json:"pressure_io,omitempty"`
	WakeupLatency  *float64 `json:"wakeup_latency,omitempty"` // seconds by which a sleep of 1 ms was too long, 99th percentile

	// Programs are the programs that used the processors, the busiest first.
	Programs []ProgramCPU `json:"programs,omitempty"`

	Missing []string `json:"missing,omitempty"`
}

// ProgramCPU is the CPU time of all processes of one name.
type ProgramCPU struct {
	Name  string  `json:"name"`  // comm, at most 15 characters; never a path or an argument
	PIDs  int     `json:"pids"`  // number of processes
	Cores float64 `json:"cores"` // their own CPU seconds per second, without children that ended
}

// namedPrograms is the most programs that a message names.
const namedPrograms = 3

// A message mentions foreign CPU time of unlisted programs only above both limits: this
// share of it, and this many cores. Small differences are normal: the kernel counts the
// whole in ticks and the parts exactly, and the list leaves out programs that used
// little.
const (
	largeUnseenShare = 0.25
	largeUnseenCores = 0.05
)

// ProgramsText names the busiest: "cc1 (4 processes) 152%, make 3% of a core". It adds
// the foreign CPU time (nil: unknown) outside these programs if that is much. Programs
// that started and ended between two readings cannot be seen.
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

// unseen returns the foreign CPU time outside the programs, in cores; 0 if that is
// little.
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

// Cores is CPU time per time, in processors. Its text is a share of one core, "5%", or
// a number of cores, "0.05"; more than one core is "150%" or "1.5".
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

// ShareText prints a share as a percentage with at most one decimal.
func ShareText(x float64) string {
	return strconv.FormatFloat(math.Round(x*1000)/10, 'f', -1, 64) + "%"
}

// Neighbour writes the message about a noisy machine. It gives why it was not quiet,
// the busy programs, out of the foreign CPU time (nil: unknown), and the remedy: end
// them, or change those keys of the scenario.
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

package metric

import (
	"fmt"
	"strings"
	"time"
)

// Noise is one reading of a machine on which no part of a trial runs: the activity of
// its other programs. A value that could not be read is nil and named in Missing.
type Noise struct {
	At   time.Time `json:"at"`             // when the reading began
	Boot string    `json:"boot,omitempty"` // identifies the machine and its boot, see [Machine]

	OtherCPU   *float64 `json:"other_cpu,omitempty"`  // CPU seconds per second of all processors, without the reader's own
	Interrupts *float64 `json:"interrupts,omitempty"` // CPU seconds per second that the kernel spent on interrupts; not in OtherCPU
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

const (
	namedPrograms = 3 // in a message

	// A message mentions the CPU time of unlisted programs only above this share of the
	// other CPU time and this many cores. Small differences are normal: the kernel counts
	// the whole in ticks and the parts exactly.
	largeUnlistedShare = 0.25
	largeUnlistedCores = 0.05
)

// ProgramsText names the busiest: "cc1 (4 processes) 152%, make 3% of a core". It adds
// the part of the other CPU time (nil: unknown) that no listed program used, if that is
// much: a program that starts and ends between two readings is not listed.
func ProgramsText(programs []ProgramCPU, otherCPU *float64) string {
	var parts []string
	for _, p := range programs[:min(len(programs), namedPrograms)] {
		part := p.Name
		if p.PIDs > 1 {
			part += fmt.Sprintf(" (%d processes)", p.PIDs)
		}
		parts = append(parts, part+" "+ShowShare(p.Cores))
	}
	text := strings.Join(parts, ", ") + " of a core"
	if otherCPU == nil {
		return text
	}
	unlisted := *otherCPU
	for _, p := range programs {
		unlisted -= p.Cores
	}
	if unlisted > max(largeUnlistedCores, largeUnlistedShare**otherCPU) {
		text += fmt.Sprintf("; not seen: %s, of programs that began and ended in between", ShowShare(unlisted))
	}
	return text
}

// Cores is CPU time per time, in processors. Its text is a share of one core, "5%", or
// a number of cores, "0.05"; more than one core is "150%" or "1.5".
type Cores float64

// UnmarshalText reads "5%".
func (c *Cores) UnmarshalText(text []byte) error {
	q, err := ParseQuantity(string(text))
	if err != nil || q.Unit != UnitNumber || q.Value < 0 {
		return fmt.Errorf("%q: want CPU time as a share of one core, such as 5%% or 150%%, from 0%%", text)
	}
	*c = Cores(q.Value)
	return nil
}

// String is "5% of a core".
func (c Cores) String() string { return ShowShare(float64(c)) + " of a core" }

// Neighbour is the message about a noisy machine: why it was not quiet, the busy programs,
// and the remedy: stop them, or change those keys of the scenario. The other CPU time may
// be unknown (nil).
func Neighbour(why []string, programs []ProgramCPU, otherCPU *float64, keys ...string) string {
	for i := range keys {
		keys[i] = "noise." + keys[i]
	}
	by, remedy := "no visible program used much", "use a quieter machine"
	if len(programs) > 0 {
		by, remedy = "most by "+ProgramsText(programs, otherCPU), "stop these programs"
	}
	return fmt.Sprintf("noisy neighbour: %s; %s: %s, or allow more with %s", strings.Join(why, "; "), by, remedy, strings.Join(keys, " and "))
}

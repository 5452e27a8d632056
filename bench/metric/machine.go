package metric

import "time"

// Machine is one reading of the machine that a sample was taken on: with a
// Docker daemon in a virtual machine or elsewhere it is that one. Times are in
// seconds since the machine was started and never fall; what the kernel does
// not give is nil.
type Machine struct {
	// Boot identifies the machine and its boot: the beginning of its boot id,
	// the same in every container. Empty where there is none.
	Boot string `json:"boot,omitempty"`

	// Wall and Up are the wall clock and CLOCK_BOOTTIME at one instant. Both
	// are slewed alike, so that only a clock that was set moves one against
	// the other; Up goes on while the machine sleeps.
	Wall time.Time `json:"wall"`
	Up   float64   `json:"up"`

	Busy float64 `json:"busy"` // CPU time of all processors in which they were neither idle nor stolen
	// Interrupts is the part of Busy that the kernel spent on interrupts, hard and
	// soft ones, most of it on the network; nil in samples from before it was read.
	Interrupts *float64 `json:"interrupts,omitempty"`

	Steal   float64 `json:"steal"`   // CPU time that the hypervisor kept for others
	Sampler float64 `json:"sampler"` // CPU time of the sampler itself

	// Time in which some task waited for a processor, for memory, for a disk
	// (PSI).
	PressureCPU    *float64 `json:"pressure_cpu,omitempty"`
	PressureMemory *float64 `json:"pressure_memory,omitempty"`
	PressureIO     *float64 `json:"pressure_io,omitempty"`
}

// Tasks is the part of Busy that programs had: without interrupts. With
// CONFIG_IRQ_TIME_ACCOUNTING, as in most distributions, the time of an interrupt
// is taken out of the program that it interrupts, and out of its cgroup, and
// stays in Busy: what the kernel does for the network of the service would else
// pass for a stranger's work. Without the option it is in both, and Tasks is too
// small by it, which accuses no one.
func (m *Machine) Tasks() float64 {
	if m.Interrupts == nil {
		return m.Busy
	}
	return m.Busy - *m.Interrupts
}

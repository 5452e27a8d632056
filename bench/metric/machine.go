package metric

import "time"

// Machine is one reading of the machine that a sample was taken on. If the Docker
// daemon runs in a virtual machine, that is the virtual machine. Times are in seconds
// since the machine was started and never fall. A value that the kernel does not give
// is nil.
type Machine struct {
	// Boot identifies the machine and its boot by the beginning of its boot id, which
	// is the same in every container. Empty if the kernel has none.
	Boot string `json:"boot,omitempty"`

	// Wall and Up are the wall clock and CLOCK_BOOTTIME at one instant. Both are slewed
	// alike, so only setting a clock moves one against the other. Up goes on while the
	// machine sleeps.
	Wall time.Time `json:"wall"`
	Up   float64   `json:"up"`

	Busy float64 `json:"busy"` // CPU time of all processors that was neither idle nor stolen
	// Interrupts is the part of Busy that the kernel spent on hard and soft interrupts,
	// mostly for the network. It is nil in samples of older versions, which did not
	// read it.
	Interrupts *float64 `json:"interrupts,omitempty"`

	Steal   float64 `json:"steal"`   // CPU time that the hypervisor gave to others
	Sampler float64 `json:"sampler"` // CPU time of the sampler itself

	// Time in which some task waited for a processor, for memory, for a disk (PSI).
	PressureCPU    *float64 `json:"pressure_cpu,omitempty"`
	PressureMemory *float64 `json:"pressure_memory,omitempty"`
	PressureIO     *float64 `json:"pressure_io,omitempty"`
}

// Tasks is the part of Busy that programs used. With CONFIG_IRQ_TIME_ACCOUNTING, as in most
// distributions, the kernel counts interrupts in Busy and in no program: they would look
// like another program's CPU time. Without that option it counts them in both, so Tasks is
// too small, which never blames another program wrongly.
func (m *Machine) Tasks() float64 {
	if m.Interrupts == nil {
		return m.Busy
	}
	return m.Busy - *m.Interrupts
}

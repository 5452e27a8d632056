package bench

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

	Busy    float64 `json:"busy"`    // CPU time of all processors in which they were neither idle nor stolen
	Steal   float64 `json:"steal"`   // CPU time that the hypervisor kept for others
	Sampler float64 `json:"sampler"` // CPU time of the sampler itself

	// Time in which some task waited for a processor, for memory, for a disk
	// (PSI).
	PressureCPU    *float64 `json:"pressure_cpu,omitempty"`
	PressureMemory *float64 `json:"pressure_memory,omitempty"`
	PressureIO     *float64 `json:"pressure_io,omitempty"`
}

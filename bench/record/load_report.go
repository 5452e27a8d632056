package record

import "time"

// LoadReport is the generator's report about itself.
type LoadReport struct {
	Began   time.Time `json:"began"`   // offset 0 of all hits
	Offered uint64    `json:"offered"` // hits of the schedule
	Sent    uint64    `json:"sent"`    // hits that were sent
	// MostInFlight is the largest number of requests in flight at once.
	MostInFlight int     `json:"most_in_flight"`
	CPUSeconds   float64 `json:"cpu_seconds"` // of the generator's process, during the load
	// Nice is its priority, see setpriority(2). A value below 0 favours it within its
	// own cgroup only, not over a service in a container. The send lag shows the effect.
	Nice int `json:"nice"`
}

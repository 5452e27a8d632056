package record

import "github.com/memproof/memproof/bench/metric"

// TrialNoise is the noise of the machine before a trial, and the other programs during
// the load.
type TrialNoise struct {
	Before   []metric.Noise `json:"before"`             // the readings in order; the last precedes the start
	Rejected int            `json:"rejected,omitempty"` // the number of readings over the limits
	// During lists the programs outside the trial that used the processors of the
	// generator's machine during the load, the busiest first.
	During []metric.ProgramCPU `json:"during,omitempty"`
}

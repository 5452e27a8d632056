package record

import "github.com/memproof/memproof/bench/metric"

// TrialNoise is how quiet the machine was before a trial, and who used it during
// the load.
type TrialNoise struct {
	Before   []metric.Noise `json:"before"`             // the looks, in their order; the last is the one before the start
	Rejected int            `json:"rejected,omitempty"` // how many of them were over the limits
	// During are the programs without a part in the trial that used the processors
	// of the generator's machine while the load ran, the busiest first.
	During []metric.ProgramCPU `json:"during,omitempty"`
}

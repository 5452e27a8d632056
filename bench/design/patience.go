package design

import (
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// patience is how long the trials of a block wait for a quiet machine: no time where
// no answer depends on it, or where the block before waited in vain before every
// trial. They look once, and the noise is known.
func patience(sc *scenario.Scenario, done []Block) time.Duration {
	if !sc.AsksAbout(metric.TimeMetrics) || waitedInVain(done) {
		return 0
	}
	return sc.Noise.Patience
}

func waitedInVain(done []Block) bool {
	if len(done) == 0 {
		return false
	}
	return !slices.ContainsFunc(done[len(done)-1].Trials, func(t Trial) bool {
		noise := t.Record.Noise
		return noise == nil || len(noise.Before) == 0 || noise.Rejected < len(noise.Before)
	})
}

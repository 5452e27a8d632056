package design

import (
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// patience returns how long the trials of a block wait for a quiet machine. It is 0 if
// no answer depends on quiet, or if every trial of the previous block waited in vain.
// Those trials take one reading, so the noise is still recorded.
func patience(sc *scenario.Scenario, done []Block) time.Duration {
	if !sc.AsksAbout(metric.TimeMetrics) || waitedInVain(done) {
		return 0
	}
	return sc.Noise.MaxWait
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

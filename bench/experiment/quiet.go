package experiment

import (
	"context"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// PhaseQuiet is, on the progress line, the wait for a machine on which nobody
// else works.
const PhaseQuiet = "waiting for a quiet machine"

// quietPause is how long a noisy machine is left alone before the next look.
const quietPause = 2 * time.Second

// awaitQuiet looks whether the machine is quiet, before anything of the trial
// runs, and waits for it as long as patience says. A machine that stays noisy
// spoils the trial's figures of time; it runs all the same, so that the block is
// whole and what the noise did can be seen. That a look failed is an error.
func (r *trialRun) awaitQuiet(ctx context.Context) error {
	if r.rig.Quiet == nil {
		return nil
	}
	limits, began := r.scenario.Noise, r.rig.Now()
	r.tell(PhaseQuiet, 0)
	seen := &record.TrialNoise{}
	r.trial.Noise = seen
	for {
		n, err := r.rig.Quiet(ctx, limits.Look)
		if err != nil {
			return err
		}
		seen.Before = append(seen.Before, n)
		why := limits.Refuses(n)
		if len(why) == 0 {
			return nil
		}
		seen.Rejected++
		if r.rig.Now().Sub(began)+quietPause > r.plan.Arm.Patience {
			r.broken(metric.NoisyNeighbour, metric.TimeMetrics, "%s", metric.Neighbour(why, n.Programs, n.ForeignCPU, limits.Keys(n)...))
			return nil
		}
		if err := r.rig.Sleep(ctx, quietPause); err != nil {
			return err
		}
	}
}

// watchPrograms notes which other programs use the generator's machine until
// the returned function is called.
func (r *trialRun) watchPrograms() (end func()) {
	if r.rig.Programs == nil {
		return func() {}
	}
	used := r.rig.Programs()
	return func() {
		programs := used()
		if len(programs) == 0 {
			return
		}
		if r.trial.Noise == nil {
			r.trial.Noise = &record.TrialNoise{}
		}
		r.trial.Noise.During = programs
	}
}

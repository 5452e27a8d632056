package experiment

import (
	"cmp"
	"context"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// PhaseQuiet is the wait for a quiet machine, on the progress line.
const PhaseQuiet = "waiting for a quiet machine"

// quietPause is the pause before the next reading of a noisy machine.
const quietPause = 2 * time.Second

// awaitQuiet waits for a quiet machine before the trial starts, up to the arm's limit.
// A machine that stays noisy spoils the trial's figures of time. The trial
// runs anyway, so that the block is whole and the effect of the noise can be noise. A
// failed reading is an error.
func (r *trialRun) awaitQuiet(ctx context.Context) error {
	if r.rig.Quiet == nil {
		return nil
	}
	limits, began := r.scenario.Noise, r.rig.Now()
	r.report(PhaseQuiet, 0)
	noise := &record.TrialNoise{}
	r.trial.Noise = noise
	for {
		n, err := r.rig.Quiet(ctx, limits.Reading)
		if err != nil {
			return err
		}
		noise.Before = append(noise.Before, n)
		why := limits.Refuses(n)
		if len(why) == 0 {
			return nil
		}
		noise.Rejected++
		if r.rig.Now().Sub(began)+quietPause > r.plan.Arm.MaxWait {
			r.broken(metric.NoisyNeighbour, metric.TimeMetrics, "%s", metric.Neighbour(why, n.Programs, n.OtherCPU, limits.Keys(n)...))
			return nil
		}
		if err := r.rig.Sleep(ctx, quietPause); err != nil {
			return err
		}
	}
}

// watchPrograms records which other programs use the generator's machine until the
// returned function is called.
func (r *trialRun) watchPrograms() (end func()) {
	if r.rig.Programs == nil {
		return func() {}
	}
	used := r.rig.Programs()
	return func() {
		if programs := used(); len(programs) > 0 {
			r.trial.Noise = cmp.Or(r.trial.Noise, &record.TrialNoise{})
			r.trial.Noise.During = programs
		}
	}
}

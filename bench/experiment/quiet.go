package experiment

import (
	"context"
	"slices"
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
		if r.rig.Now().Sub(began)+quietPause > r.patience {
			r.broken(metric.NoisyNeighbour, metric.TimeMetrics, "%s", metric.Neighbour(why, n.Programs, n.ForeignCPU, limits.Keys(n)...))
			return nil
		}
		if err := r.rig.Sleep(ctx, quietPause); err != nil {
			return err
		}
	}
}

// patience is how long the trials of a block wait for a quiet machine: no time where
// nothing that is asked depends on it, or where the block before waited in vain
// before every trial. They look once, and the noise is known.
func (e *experiment) patience() time.Duration {
	sc := e.run.Scenario
	if !sc.AsksAbout(metric.TimeMetrics) || e.waitedInVain() {
		return 0
	}
	return sc.Noise.Patience
}

func (e *experiment) waitedInVain() bool {
	blocks := e.run.Blocks()
	if len(blocks) == 0 {
		return false
	}
	return !slices.ContainsFunc(blocks[len(blocks)-1], func(t *record.Trial) bool {
		return t.Noise == nil || len(t.Noise.Before) == 0 || t.Noise.Rejected < len(t.Noise.Before)
	})
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

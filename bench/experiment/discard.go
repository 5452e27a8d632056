package experiment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

// discardedLoad is the longest load of a discarded trial: enough to touch the files
// that a request touches.
const discardedLoad = 2 * time.Second

// FactDiscarded is the key in [record.Meta.Machine] for a run that began with discarded
// trials.
const FactDiscarded = "discarded trials"

// DiscardedTrials is the value under that key.
const DiscardedTrials = "one of each image before the first block, and before the next where the run was resumed, so that caches of files are charged to no arm"

// discard starts each image once, loads it briefly and stops it, if the rig asks for
// it. The kernel charges its file caches to the first container that looks up a file,
// and no arm should pay for them. The results are discarded.
func (w *worker) discard(ctx context.Context) error {
	if !w.rig.Discard {
		return nil
	}
	started := map[string]bool{} // images; an injected arm is a layer on its variant's image
	for i, v := range w.run.Scenario.Variants {
		image := v.Build.String() + v.Image
		if started[image] {
			continue
		}
		started[image] = true
		w.note("image of %s: one discarded trial, so that caches are charged to no arm", v.Name)
		plan := TrialPlan{Position: i + 1, Arm: w.run.Scenario.Arm(v), Dir: filepath.Join(w.run.Dir, "discarded")}
		if err := w.discardTrial(ctx, plan); err != nil {
			return fmt.Errorf("discarded trial of %s: %w", v.Name, err)
		}
	}
	return nil
}

func (w *worker) discardTrial(ctx context.Context, plan TrialPlan) (err error) {
	if err := makeEmpty(plan.Dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(plan.Dir)) }()
	subject, err := w.rig.Start(ctx, plan)
	if err != nil {
		return err
	}
	attack := w.run.Scenario.Attack()
	if attack.Phases = opening(attack.Phases); len(attack.Phases) > 0 {
		_, err = w.rig.Load(ctx, subject.URL, attack, func(metric.Hit) error { return nil })
	}
	exit, stopErr := subject.Stop(ctx)
	if ctx.Err() == nil {
		w.reportSlowStop(plan.Arm.Name, exit) // trials report all other faults of its end
	}
	return errors.Join(err, stopErr)
}

// opening returns the beginning of the first phase that sends a request; none if no
// phase does. A shape that depends on the whole length is replaced by its mean rate, of
// at least one hit.
func opening(phases []load.Phase) []load.Phase {
	i := slices.IndexFunc(phases, func(p load.Phase) bool { return p.Hits() > 0 })
	if i < 0 {
		return nil
	}
	p, length := phases[i], min(phases[i].For, discardedLoad)
	if p.Trace == "" && length < p.For {
		hits := max(1, p.Shape().Between(0, length))
		p = load.Phase{Name: p.Name, Rate: metric.Rate(hits / length.Seconds())}
	}
	p.For = length
	return []load.Phase{p}
}

package experiment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
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
	for i, v := range images(w.run.Scenario) {
		w.tell(Event{Note: fmt.Sprintf("image of %s: one discarded trial, so that caches are charged to no arm", v.Name)})
		plan := TrialPlan{Position: i + 1, Arm: w.run.Scenario.Arm(v), Dir: filepath.Join(w.run.Dir, discardedDir)}
		if err := w.discarded(ctx, plan); err != nil {
			return fmt.Errorf("discarded trial of %s: %w", v.Name, err)
		}
	}
	return nil
}

// discardedDir exists while a discarded trial runs.
const discardedDir = "discarded"

// images returns the first variant of each image. Injected arms are left out: the
// injection is a layer on its variant's image.
func images(s *scenario.Scenario) (first []scenario.Variant) {
	seen := map[string]bool{}
	for _, v := range s.Variants {
		image := v.Build.String() + v.Image
		if !seen[image] {
			first = append(first, v)
		}
		seen[image] = true
	}
	return first
}

func (w *worker) discarded(ctx context.Context, plan TrialPlan) (err error) {
	if err := os.RemoveAll(plan.Dir); err != nil { // left by an interrupted run
		return err
	}
	if err := os.MkdirAll(plan.Dir, 0o755); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(plan.Dir)) }()
	subject, err := w.rig.Start(ctx, plan)
	if err != nil {
		return err
	}
	err = w.touch(ctx, subject.URL)
	exit, stopErr := subject.Stop(ctx)
	if ctx.Err() == nil {
		w.noteSlowStop(plan.Arm.Name, exit) // trials report all other faults of its end
	}
	return errors.Join(err, stopErr)
}

// touch sends the beginning of the load and ignores the answers.
func (w *worker) touch(ctx context.Context, url string) error {
	a := w.run.Scenario.Attack()
	a.Phases = opening(a.Phases, discardedLoad)
	if len(a.Phases) == 0 {
		return nil
	}
	_, err := w.rig.Load(ctx, url, a, func(metric.Hit) error { return nil })
	return err
}

// opening returns the first phase that sends a request, cut to that length; none if all
// phases rest.
func opening(phases []load.Phase, long time.Duration) []load.Phase {
	for _, p := range phases {
		if p.Hits() == 0 {
			continue
		}
		return []load.Phase{shortened(p, long)}
	}
	return nil
}

// shortened returns the phase's beginning. A shape that depends on the whole length is
// replaced by its mean rate, of at least one hit.
func shortened(p load.Phase, long time.Duration) load.Phase {
	switch {
	case p.For <= long:
		return p
	case p.Trace != "":
		p.For = long
		return p
	}
	hits := max(1, p.Shape().Between(0, long))
	return load.Phase{Name: p.Name, Rate: metric.Rate(hits / long.Seconds()), For: long}
}

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

// discardedLoad is how long a discarded trial is loaded at the most: for as long
// as it takes to touch the files that a request touches.
const discardedLoad = 2 * time.Second

// FactDiscarded is the fact, among those of [record.Meta.Machine], that the run began with
// discarded trials.
const FactDiscarded = "discarded trials"

// DiscardedTrials is what that fact says.
const DiscardedTrials = "one of each image before the first block, and before the next where the run was resumed, so that caches of files are charged to no arm"

// discard starts each image once, loads it for a moment and stops it, where the rig
// asks for it: the first who looks up a file is charged for the kernel's caches of
// it, and that is to be no arm of the run. Nothing of it is kept.
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

// discardedDir is there while a discarded trial runs.
const discardedDir = "discarded"

// images are the first variant of each image. What is injected into one is laid
// over its files.
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
	if err := os.RemoveAll(plan.Dir); err != nil { // left by a run that was cut short
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
		w.noteSlowStop(plan.Arm.Name, exit) // all else of its end a trial will say
	}
	return errors.Join(err, stopErr)
}

// touch sends the beginning of the load and looks at no answer.
func (w *worker) touch(ctx context.Context, url string) error {
	a := w.run.Scenario.Attack()
	a.Phases = opening(a.Phases, discardedLoad)
	if len(a.Phases) == 0 {
		return nil
	}
	_, err := w.rig.Load(ctx, url, a, func(metric.Hit) error { return nil })
	return err
}

// opening is the first phase that sends anything, at most so long; none where all
// is rest.
func opening(phases []load.Phase, long time.Duration) []load.Phase {
	for _, p := range phases {
		if p.Hits() == 0 {
			continue
		}
		return []load.Phase{shortened(p, long)}
	}
	return nil
}

// shortened is the phase's beginning. The courses that are drawn over the whole length
// are replaced by their mean rate, of a hit at the least.
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

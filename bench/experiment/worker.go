package experiment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// worker runs blocks on one rig.
type worker struct {
	*conductor
	rig   Rig
	first bool          // its machine has the run's facts
	block *design.Block // the block in progress
}

// measure runs the block's missing arms, and then the design's repeats.
func (w *worker) measure(ctx context.Context, b *design.Block) error {
	w.block = b
	for _, place := range missing(b) {
		if err := w.arm(ctx, b, b.Arms[place], place+1); err != nil {
			return err
		}
	}
	for again := w.again(b); len(again) > 0; again = w.again(b) {
		for _, arm := range again {
			if err := w.arm(ctx, b, arm, max(len(b.Arms), lastPosition(b))+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func lastPosition(b *design.Block) (last int) {
	for _, t := range b.Trials {
		last = max(last, t.Record.Position)
	}
	return last
}

// arm runs one trial of the block.
func (w *worker) arm(ctx context.Context, b *design.Block, arm scenario.Arm, position int) error {
	plan := TrialPlan{Block: b.Number, Position: position, Arms: len(b.Arms), Arm: arm}
	t, err := w.trial(ctx, plan)
	if err != nil {
		return TrialError{Block: b.Number, Trial: position, Err: err}
	}
	return w.add(b, t)
}

// trial runs one trial in a fresh directory and writes trial.json last.
func (w *worker) trial(ctx context.Context, plan TrialPlan) (*record.Trial, error) {
	sc := w.run.Scenario
	plan.Dir = filepath.Join(w.run.Dir, record.TrialDir(plan.Block, plan.Position, plan.Arm.Name))
	if err := os.RemoveAll(plan.Dir); err != nil { // left by an interrupted run
		return nil, err
	}
	if err := os.MkdirAll(plan.Dir, 0o755); err != nil {
		return nil, err
	}
	r := &trialRun{rig: w.rig, scenario: sc.With(plan.Arm.Limits, plan.Arm.Load), plan: plan, trial: w.begin(plan), tell: w.phases(plan)}
	if err := r.conduct(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(plan.Dir))
	}
	w.noteSlowStop(r.trial.Label(), r.trial.Exit)
	sc.RedactAll(r.trial) // a service may print its password
	return r.trial, record.WriteJSON(filepath.Join(plan.Dir, record.TrialFile), r.trial)
}

// begin creates the trial's record from its plan.
func (w *worker) begin(plan TrialPlan) *record.Trial {
	sc := w.run.Scenario
	t := &record.Trial{
		Block: plan.Block, Position: plan.Position, Variant: plan.Arm.Name, Arms: plan.Arms, Factors: plan.Arm.Factors,
		Added: added(plan.Arm.Injected), Dir: plan.Dir,
	}
	if plan.Arm.Limits != sc.Limits {
		t.Limits = &plan.Arm.Limits
	}
	if !reflect.DeepEqual(plan.Arm.Load.Phases, sc.Load.Phases) {
		t.Demand = plan.Arm.Load.Phases
	}
	if !w.first {
		t.Machine = otherFacts(w.run.Meta.Machine, w.rig.Facts)
	}
	t.Scheduled = t.Of(sc).ScheduledHits()
	return t
}

// otherFacts returns the facts in which a machine differs from the run's first.
func otherFacts(first, own map[string]string) map[string]string {
	other := map[string]string{}
	for name, value := range own {
		if first[name] != value {
			other[name] = value
		}
	}
	return other
}

// added converts an injection to its entry in trial.json.
func added(i *scenario.Injection) *record.Added {
	if i == nil {
		return nil
	}
	return &record.Added{Bytes: uint64(i.Memory), Seconds: i.Delay.Seconds()}
}

// tellBlock reports the result of a finished block.
func (w *worker) tellBlock(b *design.Block) {
	var disturbed []metric.Reason
	for _, t := range b.Trials {
		disturbed = append(disturbed, measure.Labelled(t.Result, t.Result.Invalid)...)
		for _, why := range measure.Labelled(t.Result, t.Result.Failed) {
			w.tell(Event{Note: fmt.Sprintf("%s: %s", verdict.Failed, why)})
		}
	}
	w.tellDisturbed(metric.Grouped(disturbed))
	if n, ok := w.design.(design.Narrator); ok {
		for _, line := range n.News(w.finished()) {
			w.tell(Event{Note: line})
		}
	}
}

func (c *conductor) finished() []design.Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	done, _ := c.sorted()
	return done
}

// tellDisturbed reports the disturbances of a block, each cause once. A cause that
// affects no question is reported once per run.
func (w *worker) tellDisturbed(reasons []metric.Reason) {
	for _, why := range reasons {
		idle := !why.SpoilsAll() && !w.run.Scenario.AsksAbout(why.Metrics)
		if w.wasTold(why.Code) && idle {
			continue
		}
		note := fmt.Sprintf("not counted, %s: %s", why.Scope(), why)
		if idle {
			note += " (no claim depends on it; said once)"
		}
		w.tell(Event{Note: note})
	}
}

// wasTold reports whether the cause was reported before, and records it.
func (c *conductor) wasTold(code metric.Code) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Contains(c.told, code) {
		return true
	}
	c.told = append(c.told, code)
	return false
}

// noteSlowStop reports once that a variant uses up its grace. Each trial loses that
// time, and a person can still change it early in the run.
func (w *worker) noteSlowStop(trial string, exit record.Exit) {
	stop := w.run.Scenario.Stop
	if !exit.Outlasted(stop.Signal) {
		return
	}
	w.mu.Lock()
	said := w.slow
	w.slow = true
	w.mu.Unlock()
	if !said {
		w.tell(Event{Note: fmt.Sprintf("%s: %s", trial, abruptStop(stop, exit))})
	}
}

// phases returns a function that reports the trial's phases.
func (w *worker) phases(plan TrialPlan) func(phase string, length time.Duration) {
	e := Event{Block: plan.Block, Position: plan.Position, Variant: plan.Arm.Name, Positions: max(plan.Arms, plan.Position)}
	if n, ok := w.design.(design.Narrator); ok {
		e.Blocks, e.Ahead = n.Outlook(w.finished())
		e.Ahead -= min(len(w.block.Trials), plan.Arms)
		if plan.Position > plan.Arms {
			e.Ahead++ // a repeat is one more than was planned
		}
	}
	return func(phase string, length time.Duration) {
		e.Phase, e.PhaseLength = phase, length
		w.tell(e)
	}
}

func (w *worker) tell(e Event) {
	e.Note = w.run.Scenario.Redact(e.Note)
	w.rig.Progress(e)
}

package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
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
			if err := w.arm(ctx, b, arm, b.Trials[len(b.Trials)-1].Record.Position+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// arm runs one trial of the block.
func (w *worker) arm(ctx context.Context, b *design.Block, arm scenario.Arm, position int) error {
	t, err := w.trial(ctx, TrialPlan{Block: b.Number, Position: position, Arms: len(b.Arms), Arm: arm})
	if err != nil {
		return TrialError{Block: b.Number, Trial: position, Err: err}
	}
	return w.add(b, t)
}

// trial runs one trial in a fresh directory and writes trial.json last.
func (w *worker) trial(ctx context.Context, plan TrialPlan) (*record.Trial, error) {
	sc := w.run.Scenario
	plan.Dir = filepath.Join(w.run.Dir, record.TrialDir(plan.Block, plan.Position, plan.Arm.Name))
	if err := makeEmpty(plan.Dir); err != nil {
		return nil, err
	}
	r := &trialRun{rig: w.rig, scenario: sc.With(plan.Arm.Limits, plan.Arm.Load), plan: plan,
		trial: w.begin(plan), report: w.phases(plan)}
	if err := r.conduct(ctx); err != nil {
		return nil, errors.Join(err, w.stopped(ctx, r, err))
	}
	w.reportSlowStop(r.trial.Label(), r.trial.Exit)
	sc.RedactAll(r.trial) // a service may print its password
	return r.trial, record.WriteJSON(filepath.Join(plan.Dir, record.TrialFile), r.trial)
}

// stopped keeps on disk why a trial could not be measured, with the log of its service.
// Nothing is kept of an interrupted one, nor where the machine cannot measure any, nor of
// the run's first: nothing was measured then.
func (w *worker) stopped(ctx context.Context, r *trialRun, why error) error {
	interrupted := ctx.Err() != nil || errors.Is(why, context.Canceled)
	if interrupted || errors.As(why, new(metric.Unmeasurable)) || !w.measured() {
		return os.RemoveAll(r.plan.Dir)
	}
	const again = "; memproof run -resume runs this trial again"
	s := record.Stopped{Block: r.plan.Block, Position: r.plan.Position, Variant: r.plan.Arm.Name, Ended: r.rig.Now()}
	if errors.As(why, new(ServiceFailure)) {
		s.Failed = []metric.Reason{metric.Because(metric.NotStarted, nil, "%v%s", why, again)}
	} else {
		s.Broken = []metric.Reason{metric.Because(metric.TrialStopped, nil, "%v%s", why, again)}
	}
	w.run.Scenario.RedactAll(&s)
	return w.stop(s)
}

// makeEmpty makes the directory, without what an interrupted run left in it.
func makeEmpty(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

// begin creates the trial's record from its plan.
func (w *worker) begin(plan TrialPlan) *record.Trial {
	sc := w.run.Scenario
	t := &record.Trial{
		Block: plan.Block, Position: plan.Position, Variant: plan.Arm.Name, Arms: plan.Arms, Factors: plan.Arm.Factors,
		Dir: plan.Dir,
	}
	if i := plan.Arm.Injected; i != nil {
		t.Added = &record.Added{Bytes: uint64(i.Memory), Seconds: i.Delay.Seconds()}
	}
	if plan.Arm.Limits != sc.Limits {
		t.Limits = &plan.Arm.Limits
	}
	if !reflect.DeepEqual(plan.Arm.Load.Phases, sc.Load.Phases) {
		t.Demand = plan.Arm.Load.Phases
	}
	if !w.first {
		t.Machine = maps.Clone(w.rig.Facts) // as far as they differ from the first machine's
		maps.DeleteFunc(t.Machine, func(name, value string) bool { return w.run.Meta.Machine[name] == value })
	}
	t.Scheduled = t.Of(sc).ScheduledHits()
	return t
}

// reportBlock reports the result of a finished block.
func (w *worker) reportBlock(b *design.Block) {
	var disturbed []metric.Reason
	for _, t := range b.Trials {
		disturbed = append(disturbed, measure.Labelled(t.Result, t.Result.Invalid)...)
		for _, why := range measure.Labelled(t.Result, t.Result.Failed) {
			w.note("%s: %s", verdict.Failed, why)
		}
	}
	w.reportDisturbances(metric.Grouped(disturbed))
	if r, ok := w.design.(design.Reporter); ok {
		for _, line := range r.DescribeLast(w.finished()) {
			w.note("%s", line)
		}
	}
}

func (c *conductor) finished() []design.Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	done, _ := c.sorted()
	return done
}

// reportDisturbances reports each cause of a block once. A cause that affects no claim
// is reported once per run.
func (w *worker) reportDisturbances(reasons []metric.Reason) {
	for _, why := range reasons {
		_, before := w.reported.LoadOrStore(why.Code, true)
		switch affects := why.SpoilsAll() || w.run.Scenario.AsksAbout(why.Metrics); {
		case affects:
			w.note("not counted, %s: %s", why.Scope(), why)
		case !before:
			w.note("not counted, %s: %s (affects no claim; reported once)", why.Scope(), why)
		}
	}
}

// reportSlowStop reports once per run that a variant uses up its grace. Each trial loses
// that time, and a person can still change it early in the run.
func (w *worker) reportSlowStop(trial string, exit record.Exit) {
	stop := w.run.Scenario.Stop
	if !exit.Outlasted(stop.Signal) {
		return
	}
	if _, before := w.reported.LoadOrStore(metric.AbruptStop, true); !before {
		w.note("%s: %s", trial, abruptStop(stop, exit))
	}
}

// phases returns a function that reports the trial's phases.
func (w *worker) phases(plan TrialPlan) func(phase string, length time.Duration) {
	e := Event{Block: plan.Block, Position: plan.Position, Variant: plan.Arm.Name, Positions: max(plan.Arms, plan.Position)}
	if r, ok := w.design.(design.Reporter); ok {
		e.Rest = r.EstimateRest(w.finished())
		over := min(len(w.block.Trials), plan.Arms)
		if plan.Position > plan.Arms {
			over-- // a repeat is one more than was planned
		}
		e.Rest.LeastTrials, e.Rest.MostTrials = e.Rest.LeastTrials-over, e.Rest.MostTrials-over
	}
	return func(phase string, length time.Duration) {
		e.Phase, e.PhaseLength = phase, length
		w.rig.Progress(e)
	}
}

func (w *worker) note(format string, args ...any) {
	w.rig.Progress(Event{Note: w.run.Scenario.Redact(fmt.Sprintf(format, args...))})
}

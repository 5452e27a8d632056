// Package experiment conducts the trials of a run on a [Rig]: the order of calls, the
// wait for a quiet machine, the discarded trials, what is repeated and when the run ends.
package experiment

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// Execute runs the scenario's blocks on the rig, until a look decides all claims
// or they are used up, and leaves each trial's raw data in the run's directory. Trials that are on disk already are kept, so a
// run that was cut short goes on with its first unfinished block.
//
// A block with an invalid trial is kept and shown, and another block is run in
// its place, up to Scenario.Replace times, if an open claim needs it; when no
// verdict is in reach any more the run ends. So it does where a variant fails:
// that it died or refused the work is no accident which another block could make
// up for. And where every trial of the first block was refused for one cause:
// what is not mended will be there in the next block too. The error says what
// stopped the run; what was measured until then stays.
func Execute(ctx context.Context, run *record.Run, rig Rig) error {
	if run.Meta.Format != record.RunFormat {
		return fmt.Errorf("%s was begun by an earlier memproof (format %d, now %d), which ran other control arms: it can be judged, and not gone on with; begin a new run", run.Dir, run.Meta.Format, record.RunFormat)
	}
	if err := run.Scenario.Complete(); err != nil {
		return fmt.Errorf("%s: %w", run.Dir, err)
	}
	e := &experiment{run: run, rig: rig, order: design.Order(run.Scenario)}
	if err := e.adopt(); err != nil {
		return err
	}
	goes, err := e.begins()
	if goes {
		err = e.discard(ctx)
	}
	for ; goes; goes, err = e.goesOn() {
		if err != nil {
			return err
		}
		if err := e.block(ctx, e.done+1); err != nil {
			return err
		}
	}
	_, err = e.judge()
	return err
}

// begins says whether a first block is due. One is, too, where all trials on disk
// were refused for one cause: a person who resumes the run has mended it.
func (e *experiment) begins() (bool, error) {
	v, err := e.judge()
	if err != nil || v.Stuck(e.run) && e.done < len(e.order) {
		return err == nil, err
	}
	return e.goesOn()
}

// goesOn says whether another block is due, and tells of a look that did not end
// the run.
func (e *experiment) goesOn() (bool, error) {
	v, err := e.judge()
	if err != nil || v.Void || v.Decided() || e.done >= len(e.order) {
		return false, err
	}
	if e.look > 0 && v.Planned > e.look {
		e.tell(Event{Note: fmt.Sprintf("look after %d blocks: %s, the run goes on to the next at %d", e.look, verdict.Inconclusive, v.Planned)})
	}
	e.look = v.Planned
	return !v.Reached, nil
}

type experiment struct {
	run      *record.Run
	rig      Rig
	order    [][]scenario.Variant
	done     int                // blocks on disk
	current  []scenario.Variant // arms of the block that runs
	told     []metric.Code      // disturbances that the progress has told
	toInject int                // trials of injected arms in the blocks after it
	lost     int                // of them, those that do not count
	look     int                // that the run is on its way to
	slowStop bool               // was told: a variant had to be killed

	verdict *verdict.Verdict // on the blocks so far; nil until it is asked for
}

// judge reads the raw data of all blocks, once after each.
func (e *experiment) judge() (*verdict.Verdict, error) {
	if e.verdict == nil {
		v, err := verdict.Judge(e.run)
		if err != nil {
			return nil, err
		}
		e.verdict, e.lost = v, e.done-v.Blocks
	}
	return e.verdict, nil
}

// adopt counts the blocks that are whole and removes what is left of one that
// is not.
func (e *experiment) adopt() error {
	for _, trials := range e.run.Blocks() {
		if trials[0].Block != e.done+1 {
			break
		}
		if err := e.count(trials); err != nil {
			return err
		}
	}
	kept := 0
	for _, trials := range e.run.Blocks()[:e.done] {
		kept += len(trials)
	}
	for _, t := range e.run.Trials[kept:] {
		if err := os.RemoveAll(t.Dir); err != nil {
			return err
		}
	}
	e.run.Trials = e.run.Trials[:kept]
	return nil
}

// TrialError is what stopped a run in one of its trials.
type TrialError struct {
	Block, Trial int // 1, 2, …
	Err          error
}

func (e TrialError) Error() string {
	return fmt.Sprintf("block %d, trial %d: %v", e.Block, e.Trial, e.Err)
}

// Unwrap returns the cause.
func (e TrialError) Unwrap() error { return e.Err }

// block runs the trials of one block.
func (e *experiment) block(ctx context.Context, n int) error {
	began := len(e.run.Trials)
	arms, add, err := e.arms(n)
	if err != nil {
		return err
	}
	e.current = arms
	patience := e.patience()
	for i, v := range arms {
		t, err := e.trial(ctx, TrialPlan{Block: n, Position: i + 1, Arms: len(arms), Variant: v, Spike: add[v.Name]}, patience)
		if err != nil {
			return TrialError{Block: n, Trial: i + 1, Err: err}
		}
		e.run.Trials = append(e.run.Trials, t)
	}
	if err := e.count(e.run.Trials[began:]); err != nil {
		return err
	}
	return e.preview()
}

// arms are those of block n, in their order. An injected arm that is still to be
// measured comes at a place that the seed draws.
func (e *experiment) arms(n int) (arms []scenario.Variant, add map[string]*scenario.Spike, err error) {
	v, err := e.judge()
	if err != nil {
		return nil, nil, err
	}
	arms = slices.Clone(e.order[n-1])
	lacking, add := v.LackInjected(e.run.Scenario)
	e.toInject = v.ReadingsLeft(e.run.Scenario) - len(lacking)
	r := rand.New(rand.NewPCG(e.run.Scenario.Seed, design.OrderStream+uint64(n)))
	for _, arm := range lacking {
		arms = slices.Insert(arms, r.IntN(len(arms)+1), arm)
	}
	return arms, add, nil
}

// count measures a block's trials to see whether it is sound.
func (e *experiment) count(trials []*record.Trial) error {
	e.done, e.verdict = e.done+1, nil
	measured, err := measure.MeasureBlock(e.run.Scenario, trials)
	if err != nil {
		return err
	}
	var disturbed []metric.Reason
	for _, m := range measured {
		disturbed = append(disturbed, measure.Labelled(m, m.Invalid)...)
		for _, why := range measure.Labelled(m, m.Failed) {
			e.tell(Event{Note: fmt.Sprintf("%s: %s", verdict.Failed, why)})
		}
	}
	e.tellDisturbed(metric.Grouped(disturbed))
	return nil
}

// tellDisturbed says what of a block does not count, each cause once, and once a run
// where nothing that is asked depends on it.
func (e *experiment) tellDisturbed(reasons []metric.Reason) {
	for _, why := range reasons {
		idle := !why.SpoilsAll() && !e.run.Scenario.AsksAbout(why.Metrics)
		if idle && slices.Contains(e.told, why.Code) {
			continue
		}
		e.told = append(e.told, why.Code)
		note := fmt.Sprintf("not counted, %s: %s", why.Scope(), why)
		if idle {
			note += " (no claim depends on it; said once)"
		}
		e.tell(Event{Note: note})
	}
}

// preview tells in one line how the claims stand after a block. It decides
// nothing.
func (e *experiment) preview() error {
	v, err := e.judge()
	if err != nil || v.Blocks == 0 || v.Blocks >= v.Planned {
		return err
	}
	var so []string
	for _, c := range v.Claims {
		if n := len(c.PerBlock); n > 0 {
			so = append(so, fmt.Sprintf("%s %s", c.ID, c.Show(c.PerBlock[n-1])))
		}
	}
	if len(so) > 0 {
		e.tell(Event{Note: fmt.Sprintf("block %d gave, no verdict yet: %s", e.done, strings.Join(so, ", "))})
	}
	return nil
}

// noteSlowStop tells once of a variant that lets the grace run out: each trial
// costs that much, and a person can change it while the run is young.
func (e *experiment) noteSlowStop(trial string, exit record.Exit) {
	stop := e.run.Scenario.Stop
	if e.slowStop || !exit.Outlasted(stop.Signal) {
		return
	}
	e.slowStop = true
	e.tell(Event{Note: fmt.Sprintf("%s: %s", trial, abruptStop(stop, exit))})
}

func (e *experiment) tell(ev Event) {
	ev.Note = e.run.Scenario.Redact(ev.Note)
	ev.Blocks, ev.Positions = e.run.Scenario.Blocks+e.lost, len(e.current)
	if ev.Block > 0 {
		ev.Ahead = len(e.current) - ev.Position + 1 + design.TrialsOf(e.order[ev.Block:max(ev.Block, min(ev.Blocks, len(e.order)))])
		ev.Ahead += e.toInject
	}
	e.rig.Progress(ev)
}

// trial runs one trial in a fresh directory and writes trial.json last.
func (e *experiment) trial(ctx context.Context, plan TrialPlan, patience time.Duration) (*record.Trial, error) {
	plan.Dir = filepath.Join(e.run.Dir, record.TrialDir(plan.Block, plan.Position, plan.Variant.Name))
	if err := os.RemoveAll(plan.Dir); err != nil { // left by a run that was cut short
		return nil, err
	}
	if err := os.MkdirAll(plan.Dir, 0o755); err != nil {
		return nil, err
	}
	r := &trialRun{
		rig: e.rig, scenario: e.run.Scenario, plan: plan, patience: patience,
		trial: &record.Trial{
			Block: plan.Block, Position: plan.Position, Variant: plan.Variant.Name,
			Arms: plan.Arms, Added: added(plan.Spike),
			Dir: plan.Dir, Scheduled: e.run.Scenario.ScheduledHits(),
		},
		tell: func(phase string, length time.Duration) {
			e.tell(Event{Block: plan.Block, Position: plan.Position, Variant: plan.Variant.Name, Phase: phase, PhaseLength: length})
		},
	}
	if err := r.conduct(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(plan.Dir))
	}
	e.noteSlowStop(r.trial.Label(), r.trial.Exit)
	e.run.Scenario.RedactAll(r.trial) // a service may print its password
	return r.trial, record.WriteJSON(filepath.Join(plan.Dir, record.TrialFile), r.trial)
}

// added is what the plan says of it in trial.json.
func added(s *scenario.Spike) *record.Added {
	if s == nil {
		return nil
	}
	return &record.Added{Bytes: uint64(s.Memory), Seconds: s.Delay.Seconds()}
}

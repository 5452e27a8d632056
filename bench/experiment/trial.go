package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// trialRun runs one trial from start to stop.
type trialRun struct {
	rig      Rig
	scenario *scenario.Scenario
	plan     TrialPlan
	readings readings
	trial    *record.Trial
	subject  *Subject
	tell     func(phase string, length time.Duration)
	origin   time.Time // when the trial began; see now
}

// now returns the generator's time. Go's clock readings contain a monotonic one, so
// setting the wall clock during the trial changes nothing.
func (r *trialRun) now() time.Time { return r.steady(r.rig.Now()) }

func (r *trialRun) steady(at time.Time) time.Time { return r.origin.Add(at.Sub(r.origin)) }

// conduct runs a trial in this order: a quiet machine, start, all workers ready, idle
// phase, warm-up and window in one unbroken load, last answers, counters, stop. The
// error is the harness's, or a [ServiceFailure]. A variant that fails under load makes
// the trial FAILED instead.
func (r *trialRun) conduct(ctx context.Context) (err error) {
	if err := r.awaitQuiet(ctx); err != nil {
		return err
	}
	r.tell("start", 0)
	r.origin = r.rig.Now()
	r.trial.Began = r.origin
	if r.subject, err = r.rig.Start(ctx, r.plan); err != nil {
		return err
	}
	r.trial.Ready = r.now()
	err = r.observe(ctx)
	r.tell("stop", 0)
	exit, stopErr := r.subject.Stop(ctx)
	r.trial.Exit, r.trial.Ended = exit, r.now()
	if ctx.Err() != nil && exit.Outlasted(r.scenario.Stop.Signal) {
		err = errors.Join(err, ctx.Err()) // an interrupt shortens the grace, so the variant's end is not its own
	}
	r.judgeExit()
	if err != nil && len(r.trial.Failed) > 0 {
		err = ServiceFailure{fmt.Errorf("%w; %s", err, r.trial.Failed[0])}
	}
	return errors.Join(err, stopErr)
}

// observe runs the part between ready and stop, while the sampler works.
func (r *trialRun) observe(ctx context.Context) error {
	if err := r.identify(ctx); err != nil {
		return err
	}
	stop, err := r.startSampling(ctx)
	if err != nil {
		return err
	}
	return errors.Join(r.drive(ctx), stop())
}

// identify compares the variant's description with the scenario's expectation.
func (r *trialRun) identify(ctx context.Context) error {
	said, err := r.subject.Describe(ctx)
	if err != nil {
		return err
	}
	r.trial.Described = said
	for _, key := range slices.Sorted(maps.Keys(r.plan.Arm.Variant.Expect)) {
		want := r.plan.Arm.Variant.Expect[key]
		if got, ok := said[key]; !ok {
			r.broken(metric.Mislabelled, nil, "mislabelled: %s says nothing of %s, expected %q", r.scenario.InfoPath, key, want)
		} else if got != want {
			r.broken(metric.Mislabelled, nil, "mislabelled: %s is %q, expected %q", key, got, want)
		}
	}
	return nil
}

// startSampling writes samples to disk until the returned function is called.
// A sampler that stops by itself makes the trial invalid.
func (r *trialRun) startSampling(ctx context.Context) (stop func() error, err error) {
	w, err := record.CreateSamples(filepath.Join(r.plan.Dir, record.SamplesFile))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	var seen record.Arrivals
	go func() {
		done <- r.subject.Sample(ctx, func(s metric.Sample) error {
			seen.See(s, r.now())
			r.readings.see(s)
			return w.Write(s)
		})
	}()
	return func() error {
		cancel()
		if err := <-done; err != nil {
			r.broken(metric.SamplerStopped, metric.SampleMetrics, "the sampler stopped: %v", err)
		}
		r.trial.Clock = seen.Clock()
		return w.Close()
	}, nil
}

// drive runs the idle phase and the load.
func (r *trialRun) drive(ctx context.Context) (err error) {
	if err := r.rest(ctx); err != nil {
		return err
	}
	if r.trial.Before, err = r.subject.Count(ctx); err != nil {
		return err
	}
	if err := r.load(ctx); err != nil {
		return err
	}
	r.trial.After, err = r.subject.Count(ctx)
	return err
}

// load sends the load and writes its hits to disk.
func (r *trialRun) load(ctx context.Context) (err error) {
	w, err := record.CreateHits(filepath.Join(r.plan.Dir, record.HitsFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	r.tell(scenario.PhaseLoad, r.scenario.LoadLength())
	window, end := r.countWindow(), r.watchPrograms()
	r.trial.Load, err = r.rig.Load(ctx, r.subject.URL, r.scenario.Attack(), window.before(ctx, r.redacting(w.Write)))
	end()
	var countErr error
	r.trial.Window, countErr = window.wait()
	if err = errors.Join(err, countErr); err != nil {
		return err
	}
	r.trial.Load.Began = r.steady(r.trial.Load.Began)
	at := r.trial.Load.Began
	for _, p := range r.scenario.Load.Phases {
		r.span(p.Name, at, at.Add(p.For))
		at = at.Add(p.For)
	}
	r.span(scenario.PhaseDrain, at, r.now())
	return nil
}

// redacting removes secrets from the hits before they are written: an error may contain
// the URL.
func (r *trialRun) redacting(sink func(metric.Hit) error) func(metric.Hit) error {
	return func(h metric.Hit) error {
		if h.Error != "" {
			h.Error = r.scenario.Redact(h.Error)
		}
		return sink(h)
	}
}

// judgeExit checks that the variant ended in order.
func (r *trialRun) judgeExit() {
	e := r.trial.Exit
	if e.Sidecar != "" {
		r.broken(metric.SidecarEnded, nil, "%s", e.Sidecar)
	}
	switch {
	case e.DaemonAway: // whatever its status is, the service is not to blame
		r.broken(metric.DaemonAway, nil, "it ended with the Docker daemon, which stopped or restarted")
	case e.OOMKilled:
		r.failed(metric.OutOfMemory, "the kernel killed it for want of memory: raise limits.memory, or let it use less")
	case e.Unasked:
		r.failed(metric.EndedUnasked, "it ended by itself, %s: mend what its log tells, %s; its last lines: %s", e.How(), r.log(), e.LastLines)
	case !e.Orderly(r.scenario.Stop.Signal.Number()):
		r.trial.Notes = append(r.trial.Notes, metric.Because(metric.AbruptStop, nil, "%s", abruptStop(r.scenario.Stop, e)))
	}
}

// log returns the path of the variant's output, relative to the run's directory.
func (r *trialRun) log() string {
	return filepath.Join(record.TrialDir(r.plan.Block, r.plan.Position, r.plan.Arm.Name), record.VariantLog)
}

// abruptStop describes the end of a variant that did not end in order.
func abruptStop(s scenario.Stop, e record.Exit) string {
	signal := s.Signal.Named()
	if e.Outlasted(s.Signal) {
		return fmt.Sprintf("asked to stop with %s, it did not end within stop.grace (%v) and was killed: in each trial stop: {signal: KILL} saves that time, or init: true where it is process 1 of a container and does not handle %s", signal, s.Grace, signal)
	}
	return fmt.Sprintf("asked to stop with %s, it ended %s: it does not handle %s, or fails at it", signal, e.How(), signal)
}

func (r *trialRun) failed(code metric.Code, format string, args ...any) {
	r.trial.Failed = append(r.trial.Failed, metric.Because(code, nil, format, args...))
}

func (r *trialRun) broken(code metric.Code, spoils []metric.Pattern, format string, args ...any) {
	r.trial.Broken = append(r.trial.Broken, metric.Because(code, spoils, format, args...))
}

func (r *trialRun) span(name string, from, to time.Time) {
	r.trial.Phases = append(r.trial.Phases, record.Span{Name: name, From: from, To: to})
}

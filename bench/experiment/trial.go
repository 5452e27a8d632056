package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// trialRun runs one trial from start to stop.
type trialRun struct {
	rig      Rig
	scenario *scenario.Scenario
	plan     TrialPlan
	readings atomic.Int64 // samples with memory
	trial    *record.Trial
	subject  *Subject
	report   func(phase string, length time.Duration)
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
	r.report("start", 0)
	r.origin = r.rig.Now()
	r.trial.Began = r.origin
	if r.subject, err = r.rig.Start(ctx, r.plan); err != nil {
		return err
	}
	r.trial.Ready = r.now()
	err = r.observe(ctx)
	r.report("stop", 0)
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
	described, err := r.subject.Describe(ctx)
	if err != nil {
		return err
	}
	r.trial.Described = described
	for _, key := range slices.Sorted(maps.Keys(r.plan.Arm.Variant.Expect)) {
		want := r.plan.Arm.Variant.Expect[key]
		if got, ok := described[key]; !ok {
			r.broken(metric.Mislabelled, nil, "mislabelled: %s has no %s, expected %q", r.scenario.InfoPath, key, want)
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
	var arrivals record.Arrivals
	go func() {
		done <- r.subject.Sample(ctx, func(s metric.Sample) error {
			arrivals.See(s, r.now())
			if hasMemory(s) {
				r.readings.Add(1)
			}
			return w.Write(s)
		})
	}()
	return func() error {
		cancel()
		if err := <-done; err != nil {
			r.broken(metric.SamplerStopped, metric.SampleMetrics, "the sampler stopped: %v", err)
		}
		r.trial.Clock = arrivals.Clock()
		return w.Close()
	}, nil
}

// drive runs the idle phase and the load.
func (r *trialRun) drive(ctx context.Context) (err error) {
	if err := r.idle(ctx); err != nil {
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

// The idle phase lasts as long as the scenario says, and until it has enough readings
// of memory: the controls are judged by them. Readings of PSS may be seconds apart,
// because PSS is costly while memory is large.
const (
	idleReadings = 2 // two, because the first may have begun before the phase
	idlePause    = 50 * time.Millisecond
)

func (r *trialRun) idle(ctx context.Context) error {
	length := r.scenario.Load.Idle
	r.report(scenario.PhaseIdle, length)
	from := r.now()
	r.readings.Store(0)
	if err := r.rig.Sleep(ctx, length); err != nil {
		return err
	}
	for end := r.rig.Now().Add(r.rig.Settle); r.readings.Load() < idleReadings && r.rig.Now().Before(end); {
		if err := r.rig.Sleep(ctx, idlePause); err != nil {
			return err
		}
	}
	r.span(scenario.PhaseIdle, from, r.now())
	return nil
}

func hasMemory(s metric.Sample) bool {
	basis := metric.BasisPSS
	if s.Cgroup != nil {
		basis = s.Cgroup.Basis()
	}
	_, ok := s.Memory(basis)
	return ok
}

// load sends the load and writes its hits to disk.
func (r *trialRun) load(ctx context.Context) (err error) {
	w, err := record.CreateHits(filepath.Join(r.plan.Dir, record.HitsFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	r.report(scenario.PhaseLoad, r.scenario.LoadLength())
	sink, waitCounters := r.hitSink(ctx, w.Write)
	endPrograms := r.watchPrograms()
	r.trial.Load, err = r.rig.Load(ctx, r.subject.URL, r.scenario.Attack(), sink)
	endPrograms()
	if err = errors.Join(err, waitCounters()); err != nil {
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

// hitSink writes hits without secrets: an error may contain the URL. The first hit after
// the window starts a reading of the counters, so that the service's own numbers describe
// the measured load, and not capacity steps that overload it. wait ends with the reading.
// If no hit follows the window, it does not read.
//
// The reading runs in parallel with the load: it takes seconds if Docker is asked, and
// a generator that waited for it would send late.
func (r *trialRun) hitSink(ctx context.Context, write func(metric.Hit) error) (sink func(metric.Hit) error, wait func() error) {
	var reading errgroup.Group
	end := r.scenario.WindowEnd()
	begun := end >= r.scenario.LoadLength()
	sink = func(h metric.Hit) error {
		if h.Intended >= end && !begun {
			begun = true
			reading.Go(func() (err error) {
				r.trial.Window, err = r.subject.Count(ctx)
				return err
			})
		}
		if h.Error != "" {
			h.Error = r.scenario.Redact(h.Error)
		}
		return write(h)
	}
	return sink, reading.Wait
}

// judgeExit checks that the variant ended in order.
func (r *trialRun) judgeExit() {
	e := r.trial.Exit
	if e.Sidecar != "" {
		r.broken(metric.SidecarEnded, nil, "%s", e.Sidecar)
	}
	switch {
	case e.DaemonAway: // the service is not at fault, whatever its status is
		r.broken(metric.DaemonAway, nil, "it ended with the Docker daemon, which stopped or restarted")
	case e.OOMKilled:
		r.failed(metric.OutOfMemory, "the kernel killed it because it was out of memory: raise limits.memory, or make it use less")
	case e.Unasked:
		log := filepath.Join(record.TrialDir(r.plan.Block, r.plan.Position, r.plan.Arm.Name), record.VariantLog)
		r.failed(metric.EndedUnasked, "it ended by itself, %s: see its log, %s; its last lines: %s", e.How(), log, e.LastLines)
	case !e.Orderly(r.scenario.Stop.Signal.Number()):
		r.trial.Notes = append(r.trial.Notes, metric.Because(metric.AbruptStop, nil, "%s", abruptStop(r.scenario.Stop, e)))
	}
}

// abruptStop describes the end of a variant that did not end in order.
func abruptStop(s scenario.Stop, e record.Exit) string {
	signal := s.Signal.Named()
	if e.Outlasted(s.Signal) {
		return fmt.Sprintf("asked to stop with %s, it did not end within stop.grace (%v) and was killed. "+
			"To save that time in each trial, set stop: {signal: KILL}, or init: true if it is process 1 of a container and does not handle %s", signal, s.Grace, signal)
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

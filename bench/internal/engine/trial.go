package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/delayproxy"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// trial is a variant that runs with a database of its own.
type trial struct {
	session  *Session
	plan     experiment.TrialPlan
	database string
	port     int
	limits   *scenario.Limits // of the variant's cgroup
	log      string
	proc     backend.Process
	feed     *backend.Feed
	sidecars []*sidecar        // in the order of their start
	relay    *delayproxy.Relay // nil where nothing is delayed
	unready  bool              // it was started and did not become ready

	stopping sync.Once
	exit     record.Exit
	stopErr  error
}

// Start makes a fresh database, starts the plan's variant and waits until it
// is ready; it is the Start of an experiment.Rig. An error names the variant and the
// step; then nothing of the trial is left.
func (s *Session) Start(ctx context.Context, plan experiment.TrialPlan) (*experiment.Subject, error) {
	t := &trial{session: s, plan: plan, log: filepath.Join(plan.Dir, record.VariantLog)}
	if err := t.start(ctx); err != nil {
		exit, stopErr := t.stop(ctx)
		if exit.Sidecar != "" {
			err = fmt.Errorf("%w; %s", err, exit.Sidecar)
		}
		err = fmt.Errorf("variant %q: %w", plan.Arm.Name, errors.Join(err, stopErr))
		if exit.Died() || t.unready && !exit.Excused() {
			return nil, experiment.ServiceFailure{Err: err}
		}
		return nil, err
	}
	subject := &experiment.Subject{URL: t.url(""), Describe: t.describe, Count: t.count, Sample: t.sample, Stop: t.stop}
	if t.relay != nil {
		subject.URL = "http://" + t.relay.Addr()
	}
	return subject, nil
}

func (t *trial) start(ctx context.Context) (err error) {
	b := t.session.backend
	if d := t.session.databases; d != nil {
		if t.database, err = d.Fresh(ctx, fmt.Sprintf("b%02d_p%d", t.plan.Block, t.plan.Position)); err != nil {
			return fmt.Errorf("database: %w", err)
		}
	}
	if err := t.startSidecars(ctx, false); err != nil {
		return err
	}
	sp, err := t.spec()
	if err != nil {
		return err // names the key
	}
	if t.proc, err = b.Start(ctx, sp); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if err := awaitReady(ctx, t.proc, t.port, t.session.scenario.Ready, t.log); err != nil {
		t.unready = ctx.Err() == nil // else a person interrupted the run
		return fmt.Errorf("start: %w", err)
	}
	if err := t.startSidecars(ctx, true); err != nil {
		return err
	}
	if err := t.startSampler(ctx); err != nil {
		// The variant may have ended, which a daemon reports a little later.
		if backend.WaitAtMost(t.proc.Done(), exitEventTimeout); backend.HasEnded(t.proc) {
			return fmt.Errorf("start: %w", backend.EndedEarly(t.proc, t.log))
		}
		return fmt.Errorf("sampler: %w", err)
	}
	if s := t.plan.Arm.Injected; s != nil && s.Delay > 0 {
		if t.relay, err = delayproxy.Listen(t.proc.Endpoint(t.port), s.Delay); err != nil {
			return err
		}
	}
	return nil
}

// startSampler returns once a sample holds the memory: a sampler that can't read it is an
// error before the load, not after it.
func (t *trial) startSampler(ctx context.Context) (err error) {
	if t.feed, err = t.session.backend.Sample(ctx, t.proc, t.session.sampling("sampler", metric.SampleRate)); err != nil {
		return err
	}
	if err := t.feed.AwaitMemory(ctx, t.session.Capabilities().Contained()); err != nil {
		return err
	}
	return t.feed.HeldTo(t.limits)
}

func (t *trial) url(path string) string { return "http://" + t.proc.Endpoint(t.port) + path }

// describe returns what the variant reports about itself.
func (t *trial) describe(ctx context.Context) (description map[string]string, err error) {
	path := t.session.scenario.InfoPath
	if path == "" {
		return nil, nil
	}
	object, err := getObject(ctx, t.url(path))
	if err == nil {
		description, err = texts(object)
	}
	if err != nil {
		return nil, fmt.Errorf("variant %q: info_path: %w", t.plan.Arm.Name, err)
	}
	return description, nil
}

// stop ends the trial once; a second call returns the same.
func (t *trial) stop(ctx context.Context) (record.Exit, error) {
	t.stopping.Do(func() {
		patience := leftovers.Patience + 2*t.session.scenario.Stop.Grace
		for _, c := range t.sidecars {
			patience += 2 * c.Stop.Grace
		}
		run := ctx
		ctx, cancel := context.WithTimeout(context.WithoutCancel(run), patience)
		defer cancel()
		hurried, done := hurry(ctx, run, interruptedGrace)
		defer done()
		t.exit, t.stopErr = t.end(ctx, hurried)
	})
	return t.exit, t.stopErr
}

// interruptedGrace is how long all programs of a trial may take to end once a person
// has interrupted the run: what they would save is discarded.
const interruptedGrace = 5 * time.Second

// hurry returns a context that ends with ctx, or a grace after the run was interrupted.
// A process whose stop has a context that ended is killed.
func hurry(ctx, run context.Context, grace time.Duration) (hurried context.Context, done func()) {
	hurried, cancel := context.WithCancel(ctx)
	unwatch := context.AfterFunc(run, func() {
		backend.WaitAtMost(hurried.Done(), grace)
		cancel()
	})
	return hurried, func() { unwatch(); cancel() }
}

// end stops all that belongs to the trial: the programs within hurried, which ends
// early after an interrupt, the rest within ctx.
func (t *trial) end(ctx, hurried context.Context) (exit record.Exit, err error) {
	t.awaitExitEvents()
	lost := t.lostSidecars()
	if t.feed != nil {
		err = t.feed.Stop(ctx)
	}
	if t.relay != nil {
		err = errors.Join(err, t.relay.Close())
	}
	err = errors.Join(err, t.stopSidecars(hurried, true))
	if t.proc != nil {
		var stopErr error
		exit, stopErr = t.endProcess(hurried)
		err = errors.Join(err, stopErr)
	}
	exit.Sidecar = lost
	err = errors.Join(err, t.stopSidecars(hurried, false))
	if t.session.databases != nil {
		err = errors.Join(err, t.session.databases.Drop(ctx, t.database))
	}
	return exit, err
}

// awaitExitEvents waits, where a sampler has ended by itself, until its program's end is
// reported: a daemon reports a container's end a little later.
func (t *trial) awaitExitEvents() {
	awaitExitEvent(t.feed, t.proc)
	for _, c := range t.sidecars {
		awaitExitEvent(c.feed, c.proc)
	}
}

func awaitExitEvent(f *backend.Feed, p backend.Process) {
	if f == nil {
		return
	}
	select {
	case <-f.Ended():
		backend.WaitAtMost(p.Done(), exitEventTimeout)
	default:
	}
}

// exitEventTimeout is how long a daemon may take to report a container's end.
const exitEventTimeout = 5 * time.Second

func (t *trial) endProcess(ctx context.Context) (record.Exit, error) {
	exit := record.Exit{Unasked: backend.HasEnded(t.proc)}
	end, err := t.proc.Stop(ctx, t.session.scenario.Stop.Grace)
	exit.Code, exit.Signal, exit.OOMKilled, exit.DaemonAway = end.Code, end.Signal, end.OOMKilled, end.DaemonAway
	if exit.Code != 0 || exit.Unasked {
		var tailErr error
		exit.LastLines, tailErr = logfile.Tail(t.log)
		err = errors.Join(err, tailErr)
	}
	return exit, err
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/delayproxy"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
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
	limits   *scenario.Limits // what the variant is held to
	log      string
	proc     backend.Process
	feed     *backend.Feed
	beside   []*companion      // in the order of their start
	relay    *delayproxy.Relay // nil where nothing is delayed
	unready  bool              // it was started and did not become ready

	stopping sync.Once
	exit     record.Exit
	stopErr  error
}

// Start makes a fresh database, starts the plan's variant and waits until it
// is ready; it is the Start of an experiment.Rig. An error names the variant and the
// step, and means that nothing of the trial is left.
func (s *Session) Start(ctx context.Context, plan experiment.TrialPlan) (*experiment.Subject, error) {
	t := &trial{session: s, plan: plan, log: filepath.Join(plan.Dir, record.VariantLog)}
	if err := t.start(ctx); err != nil {
		exit, stopErr := t.stop(ctx)
		if exit.Beside != "" {
			err = fmt.Errorf("%w; %s", err, exit.Beside)
		}
		err = fmt.Errorf("variant %q: %w", plan.Variant.Name, errors.Join(err, stopErr))
		if exit.Died() || t.unready && !exit.Excused() {
			return nil, experiment.ServiceFailure{Err: err}
		}
		return nil, err
	}
	return &experiment.Subject{
		URL:      t.entrance(),
		Describe: t.describe,
		Count:    t.count,
		Sample:   t.sample,
		Stop:     t.stop,
	}, nil
}

func (t *trial) start(ctx context.Context) (err error) {
	b := t.session.backend
	if d := t.session.databases; d != nil {
		if t.database, err = d.Fresh(ctx, fmt.Sprintf("b%02d_p%d", t.plan.Block, t.plan.Position)); err != nil {
			return fmt.Errorf("database: %w", err)
		}
	}
	if err := t.startCompanions(ctx, false); err != nil {
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
		t.unready = ctx.Err() == nil // else a person interrupted it
		return fmt.Errorf("start: %w", err)
	}
	if err := t.startCompanions(ctx, true); err != nil {
		return err
	}
	if err := t.startSampler(ctx); err != nil {
		// There is nothing to sample where the variant ended after all, and a daemon
		// tells of a container's end a little after the fact.
		if backend.WaitAtMost(t.proc.Done(), exitEventTimeout); backend.HasEnded(t.proc) {
			return fmt.Errorf("start: %w", backend.EndedEarly(t.proc, t.log))
		}
		return fmt.Errorf("sampler: %w", err)
	}
	if s := t.plan.Spike; s != nil && s.Delay > 0 {
		if t.relay, err = delayproxy.Listen(t.proc.Endpoint(t.port), s.Delay); err != nil {
			return err
		}
	}
	return nil
}

// startSampler returns once a sample holds the headline memory: that a sampler
// can't read it is to be known before the load and not after it.
func (t *trial) startSampler(ctx context.Context) (err error) {
	if t.feed, err = t.session.backend.Sample(ctx, t.proc, t.session.sampling("sampler", samplerRate)); err != nil {
		return err
	}
	if err := t.feed.AwaitMemory(ctx, t.session.Capabilities().Contained()); err != nil {
		return err
	}
	return t.feed.HeldTo(t.limits)
}

// samplerRate is how many samples of a variant are taken a second.
const samplerRate = 5

// spec is the variant as something to start.
func (t *trial) spec() (backend.Spec, error) {
	sc, v := t.session.scenario, t.plan.Variant
	var err error
	if t.port, err = t.session.backend.Port(sc.Port); err != nil {
		return backend.Spec{}, fmt.Errorf("start: %w", err)
	}
	env := maps.Clone(sc.Env)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, v.Env)
	vars := t.vars(variantName(v), t.port)
	sp, err := filled(backend.Spec{
		Program: backend.Variant(v), Name: variantName(v),
		Ports: []int{t.port}, Limits: t.allowed(), Log: t.log, User: v.User, Signal: sc.Stop.Signal, Init: sc.Init,
		Files: t.files(variantName(v), sc.FilesOf(v), vars),
	}, env, vars)
	if err != nil {
		return backend.Spec{}, err
	}
	if s := t.plan.Spike; s != nil && s.Memory > 0 {
		command := sp.Command
		sp.Program, sp.Spike = backend.Spiked(v), s.Memory
		sp.Command = command
	}
	t.limits = sp.Limits
	return sp, nil
}

// allowed are the scenario's limits. Memory that is added from outside is added to them, with
// what its holder takes besides: the variant has what it has in the other arms.
func (t *trial) allowed() *scenario.Limits {
	limits := t.session.scenario.Limits
	if s := t.plan.Spike; s != nil && s.Memory > 0 && limits.Memory > 0 {
		limits.Memory += s.Memory + holderExtra
	}
	return &limits
}

// holderExtra is room for the runtime of the process that holds memory, its page
// tables and huge pages, in bytes.
const holderExtra = 8 << 20

// filled is the spec with the placeholders of its texts replaced.
func filled(sp backend.Spec, env, vars map[string]string) (backend.Spec, error) {
	var envErr, argsErr, commandErr error
	sp.Env, envErr = expandEnv(env, vars)
	sp.Args, argsErr = expandAll(sp.Program.Args, vars)
	sp.Command, commandErr = expandAll(sp.Command, vars)
	if err := errors.Join(envErr, argsErr, commandErr); err != nil {
		return backend.Spec{}, err // names the key
	}
	return sp, nil
}

func variantName(v scenario.Variant) string { return "variant-" + v.Name }

// takesSecret says that the text is given a value which is not for all to read,
// such as the URL of the database with its password.
func takesSecret(text string, vars map[string]string) bool {
	for name := range vars {
		if !slices.Contains(openVars, name) && !strings.HasSuffix(name, ".address") && strings.Contains(text, "${"+name+"}") {
			return true
		}
	}
	return false
}

// openVars hold no secret, nor do addresses.
var openVars = []string{"cpus", "files", "port", "upstream.url", "upstream.ca"}

// files are what the program of that name finds, by where. What looks like a
// placeholder and is none stays as it is: files have a $ of their own.
func (t *trial) files(program string, from map[string]string, vars map[string]string) map[string]backend.File {
	dir, all := t.session.backend.FilesDir(program)
	files := map[string]backend.File{}
	for name, to := range from {
		if to == "" || all {
			to = dir + "/" + name
		}
		text := string(t.session.scenario.Input(name))
		files[to] = backend.File{Text: []byte(backend.ExpandKnown(text, vars)), Private: takesSecret(text, vars)}
	}
	return files
}

// vars are what the texts of a program may name as ${…}.
func (t *trial) vars(program string, port int) map[string]string {
	s := t.session
	dir, _ := s.backend.FilesDir(program)
	vars := map[string]string{
		"cpus":  strconv.Itoa(s.scenario.Limits.CPUs.Whole()),
		"files": dir,
	}
	if port != 0 { // a companion may listen nowhere
		vars["port"] = strconv.Itoa(port)
	}
	if s.databases != nil {
		vars["database.url"] = postgres.URL(s.databases.Server.Inner, t.database)
	}
	if s.upstream != nil {
		vars["upstream.url"], vars["upstream.ca"] = s.upstream.url, s.upstream.ca
	}
	t.addresses(vars)
	maps.Copy(vars, s.scenario.Secrets())
	return vars
}

func (t *trial) url(path string) string { return "http://" + t.proc.Endpoint(t.port) + path }

// entrance is the URL that the generator sends to.
func (t *trial) entrance() string {
	if t.relay != nil {
		return "http://" + t.relay.Addr()
	}
	return t.url("")
}

func (t *trial) describe(ctx context.Context) (map[string]string, error) {
	path := t.session.scenario.Describe
	if path == "" {
		return nil, nil
	}
	said, err := describe(ctx, t.url(path))
	if err != nil {
		return nil, fmt.Errorf("variant %q: describe: %w", t.plan.Variant.Name, err)
	}
	return said, nil
}

// count reads all counters. One that can't be read is absent, and said so.
func (t *trial) count(ctx context.Context) (record.Counters, error) {
	s := t.session
	counters := record.Counters{}
	if query := s.scenario.Database.Rows; query != "" {
		n, err := s.databases.Rows(ctx, t.database, query)
		if err != nil {
			s.say(fmt.Sprintf("ledger.rows can't be read: %v", err))
		} else {
			counters["ledger.rows"] = n
		}
	}
	if s.upstream != nil {
		stats, err := s.upstream.stats(ctx)
		if err != nil {
			s.say(fmt.Sprintf("the upstream's counters can't be read: %v", err))
		}
		for name, n := range stats {
			counters["upstream."+name] = n
		}
	}
	if path := s.scenario.Counters; path != "" {
		told, rest, err := numbers(ctx, t.url(path))
		if err != nil {
			s.say(fmt.Sprintf("the counters of %s can't be read: %v", t.plan.Variant.Name, err))
		}
		for name, n := range told {
			if !metric.ToldName(name) {
				t.session.sayOnce(fmt.Sprintf("%q is no name for a figure, so what %s tells by it is left out: want up to 100 letters, digits and _ . : / -", name, path))
				delete(rest, name)
				continue
			}
			counters["service."+name] = n
		}
		for name, n := range rest {
			counters[record.RestPrefix+"service."+name] = n
		}
	}
	t.countCPU(ctx, counters)
	return counters, ctx.Err()
}

// stop ends the trial once; a second call returns what the first did.
func (t *trial) stop(ctx context.Context) (record.Exit, error) {
	t.stopping.Do(func() {
		patience := leftovers.Patience + 2*t.grace()
		for _, c := range t.beside {
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

// interruptedGrace is how long all programs of a trial together may take to end
// once a person has interrupted the run: what they would save goes with the trial.
const interruptedGrace = 5 * time.Second

// hurry is ctx until so long after the run was interrupted. A process whose stop
// has a context that ended is killed.
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
	lost := t.lost()
	if t.feed != nil {
		err = t.feed.Stop(ctx)
	}
	if t.relay != nil {
		err = errors.Join(err, t.relay.Close())
	}
	err = errors.Join(err, t.endCompanions(hurried, true))
	if t.proc != nil {
		var stopErr error
		exit, stopErr = t.endProcess(hurried)
		err = errors.Join(err, stopErr)
	}
	exit.Beside = lost
	err = errors.Join(err, t.endCompanions(hurried, false))
	if t.session.databases != nil {
		err = errors.Join(err, t.session.databases.Drop(ctx, t.database))
	}
	return exit, err
}

// grace is how long the variant may take to end once it was asked to.
func (t *trial) grace() time.Duration { return t.session.scenario.Stop.Grace }

// awaitExitEvents waits, where a sampler has ended by itself, until it is known that
// its program did: a daemon tells of a container's end a little after the fact.
func (t *trial) awaitExitEvents() {
	awaitExitEvent(t.feed, t.proc)
	for _, c := range t.beside {
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

// exitEventTimeout is how long a daemon may take to tell of a container's end.
const exitEventTimeout = 5 * time.Second

func (t *trial) endProcess(ctx context.Context) (record.Exit, error) {
	exit := record.Exit{Unasked: backend.HasEnded(t.proc)}
	end, err := t.proc.Stop(ctx, t.grace())
	exit.Code, exit.Signal, exit.OOMKilled, exit.DaemonAway = end.Code, end.Signal, end.OOMKilled, end.DaemonAway
	if exit.Code != 0 || exit.Unasked {
		var tailErr error
		exit.LastLines, tailErr = logfile.Tail(t.log)
		err = errors.Join(err, tailErr)
	}
	return exit, err
}

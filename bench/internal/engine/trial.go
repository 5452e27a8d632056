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
	proc     process
	feed     *feed
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
		if t.database, err = d.fresh(ctx, fmt.Sprintf("b%02d_p%d", t.plan.Block, t.plan.Position)); err != nil {
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
	if t.proc, err = b.start(ctx, sp); err != nil {
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
		if waitAtMost(t.proc.done(), newsPatience); hasEnded(t.proc) {
			return fmt.Errorf("start: %w", endedEarly(t.proc, t.log))
		}
		return fmt.Errorf("sampler: %w", err)
	}
	if s := t.plan.Spike; s != nil && s.Delay > 0 {
		if t.relay, err = delayproxy.Listen(t.proc.endpoint(t.port), s.Delay); err != nil {
			return err
		}
	}
	return nil
}

// startSampler returns once a sample holds the headline memory: that a sampler
// can't read it is to be known before the load and not after it.
func (t *trial) startSampler(ctx context.Context) (err error) {
	if t.feed, err = t.session.backend.sample(ctx, t.proc, t.session.sampling("sampler", samplerRate)); err != nil {
		return err
	}
	if err := t.feed.awaitMemory(ctx, t.session.daemon != nil); err != nil {
		return err
	}
	return t.feed.heldTo(t.limits)
}

// spec is the variant as something to start.
func (t *trial) spec() (spec, error) {
	sc, v := t.session.scenario, t.plan.Variant
	var err error
	if t.port, err = t.session.backend.port(sc.Port); err != nil {
		return spec{}, fmt.Errorf("start: %w", err)
	}
	env := maps.Clone(sc.Env)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, v.Env)
	vars := t.vars(variantName(v), t.port)
	sp, err := spec{
		program: variantProgram(v), name: variantName(v),
		ports: []int{t.port}, limits: t.allowed(), log: t.log, user: v.User, signal: sc.Stop.Signal, init: sc.Init,
		files: t.files(variantName(v), sc.FilesOf(v), vars),
	}.filled(env, vars)
	if err != nil {
		return spec{}, err
	}
	if s := t.plan.Spike; s != nil && s.Memory > 0 {
		command := sp.Command
		sp.program, sp.spike = spikedProgram(v), s.Memory
		sp.Command = command
	}
	t.limits = sp.limits
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
func (sp spec) filled(env, vars map[string]string) (spec, error) {
	var envErr, argsErr, commandErr error
	sp.env, envErr = expandEnv(env, vars)
	sp.args, argsErr = expandAll(sp.Args, vars)
	sp.Command, commandErr = expandAll(sp.Command, vars)
	if err := errors.Join(envErr, argsErr, commandErr); err != nil {
		return spec{}, err // names the key
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
func (t *trial) files(program string, from map[string]string, vars map[string]string) map[string]laidFile {
	dir, all := t.session.backend.laid(program)
	files := map[string]laidFile{}
	for name, to := range from {
		if to == "" || all {
			to = dir + "/" + name
		}
		text := string(t.session.scenario.Input(name))
		files[to] = laidFile{[]byte(expandKnown(text, vars)), takesSecret(text, vars)}
	}
	return files
}

// vars are what the texts of a program may name as ${…}.
func (t *trial) vars(program string, port int) map[string]string {
	s := t.session
	dir, _ := s.backend.laid(program)
	vars := map[string]string{
		"cpus":  strconv.Itoa(s.scenario.Limits.CPUs.Whole()),
		"files": dir,
	}
	if port != 0 { // a companion may listen nowhere
		vars["port"] = strconv.Itoa(port)
	}
	if s.databases != nil {
		vars["database.url"] = at(s.databases.server.inner, t.database)
	}
	if s.upstream != nil {
		vars["upstream.url"], vars["upstream.ca"] = s.upstream.url, s.upstream.ca
	}
	t.addresses(vars)
	maps.Copy(vars, s.scenario.Secrets())
	return vars
}

func (t *trial) url(path string) string { return "http://" + t.proc.endpoint(t.port) + path }

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
		n, err := s.databases.rows(ctx, t.database, query)
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
		patience := sweepPatience + 2*t.grace()
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
		waitAtMost(hurried.Done(), grace)
		cancel()
	})
	return hurried, func() { unwatch(); cancel() }
}

// end stops all that belongs to the trial: the programs within hurried, which ends
// early after an interrupt, the rest within ctx.
func (t *trial) end(ctx, hurried context.Context) (exit record.Exit, err error) {
	t.awaitNews()
	lost := t.lost()
	if t.feed != nil {
		err = t.feed.stop(ctx)
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
		err = errors.Join(err, t.session.databases.drop(ctx, t.database))
	}
	return exit, err
}

// grace is how long the variant may take to end once it was asked to.
func (t *trial) grace() time.Duration { return t.session.scenario.Stop.Grace }

// awaitNews waits, where a sampler has ended by itself, for the news that its
// program did: a daemon tells of a container's end a little after the fact.
func (t *trial) awaitNews() {
	awaitNews(t.feed, t.proc)
	for _, c := range t.beside {
		awaitNews(c.feed, c.proc)
	}
}

func awaitNews(f *feed, p process) {
	if f == nil {
		return
	}
	select {
	case <-f.ended:
		waitAtMost(p.done(), newsPatience)
	default:
	}
}

// newsPatience is how long the news of a container's end may take.
const newsPatience = 5 * time.Second

func waitAtMost(c <-chan struct{}, d time.Duration) {
	select {
	case <-c:
	case <-time.After(d):
	}
}

func (t *trial) endProcess(ctx context.Context) (record.Exit, error) {
	exit := record.Exit{Unasked: hasEnded(t.proc)}
	end, err := t.proc.stop(ctx, t.grace())
	exit.Code, exit.Signal, exit.OOMKilled, exit.DaemonAway = end.code, end.signal, end.oomKilled, end.daemonAway
	if exit.Code != 0 || exit.Unasked {
		var tailErr error
		exit.LastLines, tailErr = tail(t.log)
		err = errors.Join(err, tailErr)
	}
	return exit, err
}

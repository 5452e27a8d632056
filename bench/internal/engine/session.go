package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/memproof/memproof/bench/scenario"
)

// Options say where a session finds and leaves files.
type Options struct {
	Root string       // directory of the go.mod that the scenario's build paths are relative to
	Dir  string       // run directory; the engine's own logs go to Dir/engine
	Log  func(string) // told one line for the person at each slow step; nil is allowed
}

// Session is the engine of one run.
type Session struct {
	id        string
	estate    estate
	opts      Options
	logs      string // directory
	scenario  *scenario.Scenario
	daemon    *daemon // nil on the host engine
	watchdog  *watchdog
	backend   backend
	databases *databases // nil where the scenario has no use for one
	upstream  *upstream  // nil where the scenario has none
	postgres  *feed      // its sampler; nil where the server is not ours
	known     map[string]string

	said     sync.Map // lines of sayOnce
	closing  sync.Once
	closeErr error
}

// Open prepares a run: it builds or pulls what the scenario names, starts
// Postgres and the upstream and fills the template database. An error names
// the step and means that nothing is left.
func Open(ctx context.Context, kind Kind, sc *scenario.Scenario, opts Options) (*Session, error) {
	s, err := prepare(ctx, kind, sc, opts)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare makes a session that has nothing yet.
func prepare(ctx context.Context, kind Kind, sc *scenario.Scenario, opts Options) (*Session, error) {
	chosen, why, d, err := choose(ctx, kind, machineFor(sc))
	if err != nil {
		return nil, err
	}
	id := newSession()
	s := &Session{
		id: id, estate: estate{Session: id}, opts: opts, logs: filepath.Join(opts.Dir, "engine"), scenario: sc, daemon: d,
		known: map[string]string{"engine": string(chosen), "engine.why": why, "session": id},
	}
	if d != nil {
		s.estate.Docker = d.client.DaemonHost()
	} else {
		s.estate.DSN = os.Getenv(dsnEnv)
		hideDSN(sc, s.estate.DSN)
	}
	return s, nil
}

func (s *Session) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(s.logs, 0o755); err != nil {
		return err
	}
	if s.watchdog, err = watch(s.estate, s.logs); err != nil {
		return err
	}
	if err := tidy(ctx, s.estate, s.say); err != nil {
		s.say(err.Error())
	}
	if err := makeFolder(s.estate.folder()); err != nil {
		return err
	}
	if s.daemon != nil {
		s.backend, err = openDocker(ctx, s)
	} else {
		s.backend, err = openHost(ctx, s)
	}
	if err != nil {
		return err
	}
	s.say("building the programs")
	if err := s.backend.provide(ctx, s.programs()); err != nil {
		return err
	}
	if s.scenario.NeedsDatabase() {
		if err := s.openDatabase(ctx); err != nil {
			return fmt.Errorf("database: %w", err)
		}
	}
	if s.upstream, err = s.openUpstream(ctx); err != nil {
		return fmt.Errorf("upstream: %w", err)
	}
	return nil
}

// makeFolder makes the session's folder, which Postgres' user must be able to
// pass through.
func makeFolder(path string) error {
	if err := os.Mkdir(path, 0o711); err != nil {
		return err
	}
	return os.Chmod(path, 0o711) // whatever the umask
}

// samplerProgram is built beside what the scenario names.
var samplerProgram = goProgram(samplerPackage)

func goProgram(pkg string) scenario.Program {
	return scenario.Program{Build: scenario.Build{Package: pkg}}
}

// programs lists all that the run will start.
func (s *Session) programs() []program {
	all := []program{{who: "sampler", fact: "sampler", Program: samplerProgram}}
	return append(all, scenarioPrograms(s.scenario)...)
}

// scenarioPrograms are those that the scenario names.
func scenarioPrograms(sc *scenario.Scenario) (all []program) {
	for _, v := range sc.Variants {
		all = append(all, variantProgram(v))
	}
	all = append(all, companionPrograms(sc)...)
	for _, arm := range sc.Injected() {
		if arm.Name == scenario.MemoryArm {
			all = append(all, spikedProgram(arm))
		}
	}
	if seed := seedProgram(sc); seed.key() != "" {
		all = append(all, seed)
	}
	if up := upstreamProgram(sc); up.key() != "" {
		all = append(all, up)
	}
	return all
}

func variantProgram(v scenario.Variant) program {
	return program{who: fmt.Sprintf("variant %q", v.Name), fact: "variant." + v.Name, Program: v.Program()}
}

func spikedProgram(baseline scenario.Variant) program {
	return program{who: "control " + scenario.MemoryArm, fact: "control.spike", Program: baseline.Program(), spiked: true}
}

func seedProgram(sc *scenario.Scenario) program {
	return program{who: "database.seed", fact: "seed", Program: sc.Database.Seed}
}

// openDatabase starts Postgres and fills the template.
func (s *Session) openDatabase(ctx context.Context) error {
	server, err := s.backend.postgres(ctx, s.scenario.Database.Settings)
	if err != nil {
		return err
	}
	if s.databases, err = newDatabases(ctx, server, s.id); err != nil {
		return err
	}
	if err := s.seed(ctx); err != nil {
		return err
	}
	if err := s.databases.seal(ctx); err != nil || server.proc == nil {
		return err
	}
	return s.samplePostgres(ctx)
}

func (s *Session) samplePostgres(ctx context.Context) (err error) {
	s.postgres, err = s.backend.sample(ctx, s.databases.server.proc, s.sampling("sampler-postgres", aroundRate))
	return err
}

// seed runs the scenario's seeder to its end.
func (s *Session) seed(ctx context.Context) error {
	p := seedProgram(s.scenario)
	if p.key() == "" {
		return nil
	}
	s.say("filling the template database")
	sp := spec{
		program: p, name: "seed", args: s.fillAll(p.Args), log: s.log("seed"),
		env: map[string]string{"DATABASE_URL": at(s.databases.server.inner, s.databases.template)},
	}
	sp.Command = s.fillAll(p.Command)
	proc, err := s.backend.start(ctx, sp)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	select {
	case <-proc.done():
	case <-ctx.Done():
		err = ctx.Err()
	}
	end, stopErr := proc.stop(ctx, 0)
	if err == nil && end != (outcome{}) {
		err = fmt.Errorf("%s%s", end, quoteTail(sp.log))
	}
	if err := errors.Join(err, stopErr); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return nil
}

// fillAll fills the secrets into texts that have no other placeholders.
func (s *Session) fillAll(texts []string) (out []string) {
	for _, text := range texts {
		out = append(out, expandKnown(text, s.scenario.Secrets()))
	}
	return out
}

// Facts tell what the run runs on: the engine and why it was chosen, versions,
// image ids and hashes, where Postgres came from, and which limits are not
// enforced. No password is among them.
func (s *Session) Facts() map[string]string {
	facts := map[string]string{}
	maps.Copy(facts, s.known)
	maps.Copy(facts, s.backend.facts())
	if s.databases == nil {
		facts["postgres"] = "none: the scenario asks for no database"
		return facts
	}
	for name, fact := range s.databases.server.facts {
		facts["postgres."+name] = fact
	}
	return facts
}

// ChargesCaches says that variants are charged for caches which are not told from
// the rest of their memory: those of cgroup v1, of files that they are the first to
// look up.
func (s *Session) ChargesCaches() bool {
	d, ok := s.backend.(*docker)
	return ok && d.chargesCaches()
}

// Close removes all that the session started and made, except images, which
// are the cache. It may be called again, and works when the run's context has
// ended.
func (s *Session) Close() error {
	s.closing.Do(func() {
		var err error
		if s.postgres != nil {
			err = s.postgres.stop(context.Background())
		}
		err = errors.Join(err, s.estate.sweep(context.Background()))
		if s.backend != nil {
			err = errors.Join(err, s.backend.close())
		}
		if s.watchdog != nil {
			err = errors.Join(err, s.watchdog.dismiss(err == nil))
		}
		s.closeErr = err
	})
	return s.closeErr
}

func (s *Session) say(line string) {
	if s.opts.Log != nil {
		s.opts.Log(line)
	}
}

// sayOnce says a line that would else come with every trial.
func (s *Session) sayOnce(line string) {
	if _, said := s.said.LoadOrStore(line, true); !said {
		s.say(line)
	}
}

func (s *Session) sampling(name string, rate int) sampling {
	return sampling{name: name, rate: rate, log: s.log(name)}
}

// log is the file of a program of the engine.
func (s *Session) log(name string) string { return filepath.Join(s.logs, name+".log") }

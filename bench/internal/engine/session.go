// Package engine starts what a scenario names, and leaves nothing behind.
//
// A [Session] is the engine of one run. It has a Postgres with a template database that
// the scenario's seeder filled, the upstream, and one variant at a time with a fresh copy
// of that database. It is written once, over [backend.Backend]; an engine of the table
// starts the programs: package docker, through testcontainers-go, or package host, with
// the same binaries as processes. What a session made is removed with it, see package
// leftovers.
//
// The package applies no setting of Postgres or limit of a variant that the scenario did
// not ask for without a fact in [Session.Facts].
package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/scenario"
)

// Options say where a session finds and leaves files.
type Options struct {
	Root string       // directory of the go.mod that the scenario's build paths are relative to
	Dir  string       // run directory; the engine's own logs go to Dir/engine
	Log  func(string) // gets a line for the person at each slow step; nil is allowed
}

// Session is the engine of one run.
type Session struct {
	id        string
	left      leftovers.Leftovers
	opts      Options
	logs      string // directory
	scenario  *scenario.Scenario
	found     backend.Found // the engine of this machine
	watchdog  *leftovers.Watchdog
	backend   backend.Backend
	databases *postgres.Databases // nil where the scenario needs none
	upstream  *upstream           // nil where the scenario has none
	postgres  *backend.Feed       // its sampler; nil where the session did not start the server
	known     map[string]string

	said     sync.Map // lines of sayOnce
	closing  sync.Once
	closeErr error
}

// Open prepares a run: it builds or pulls what the scenario names, starts Postgres and
// the upstream and fills the template database. An error names the step; then nothing is
// left.
func Open(ctx context.Context, name Name, sc *scenario.Scenario, opts Options) (*Session, error) {
	s, err := prepare(ctx, name, sc, opts)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare returns a session that has started nothing yet.
func prepare(ctx context.Context, name Name, sc *scenario.Scenario, opts Options) (*Session, error) {
	c, err := choose(ctx, name, engines, sc)
	if err != nil {
		return nil, err
	}
	id := leftovers.NewSession()
	postgres.HideDSN(sc, c.found.Places[postgres.Place.Name])
	return &Session{
		id: id, left: leftovers.Leftovers{Session: id, Places: c.found.Places}, opts: opts, logs: filepath.Join(opts.Dir, "engine"),
		scenario: sc, found: c.found,
		known: map[string]string{"engine": c.engine.Name, "engine.why": c.why(), "session": id},
	}, nil
}

func (s *Session) backendOptions() backend.Options {
	return backend.Options{
		Session: s.id, Root: s.opts.Root, Logs: s.logs, Folder: s.left.Folder(), Scenario: s.scenario, Say: s.say,
	}
}

func (s *Session) open(ctx context.Context) (err error) {
	if err := os.MkdirAll(s.logs, 0o755); err != nil {
		return err
	}
	if s.watchdog, err = leftovers.Watch(s.left, s.logs); err != nil {
		return err
	}
	if err := places.RemoveAbandoned(ctx, s.left, s.say); err != nil {
		s.say(err.Error())
	}
	if err := s.left.MakeFolder(); err != nil {
		return err
	}
	if s.backend, err = s.found.Open(ctx, s.backendOptions()); err != nil {
		return err
	}
	s.say("building the programs")
	if err := s.backend.Provide(ctx, append([]backend.Program{backend.Sampler()}, backend.Programs(s.scenario)...)); err != nil {
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

// openDatabase starts Postgres and fills the template.
func (s *Session) openDatabase(ctx context.Context) error {
	server, err := s.backend.Postgres(ctx, s.scenario.Database.Settings)
	if err != nil {
		return err
	}
	if s.databases, err = postgres.New(ctx, server, s.id); err != nil {
		return err
	}
	if err := s.seed(ctx); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := s.databases.Seal(ctx); err != nil || server.Proc == nil {
		return err
	}
	return s.samplePostgres(ctx)
}

func (s *Session) samplePostgres(ctx context.Context) (err error) {
	s.postgres, err = s.backend.Sample(ctx, s.databases.Server.Proc, s.sampling("sampler-postgres", dependencyRate))
	return err
}

// seed runs the scenario's seeder to its end.
func (s *Session) seed(ctx context.Context) error {
	p := backend.Seed(s.scenario)
	if p.Key() == "" {
		return nil
	}
	s.say("filling the template database")
	p.Command = s.fillAll(p.Command)
	sp := backend.Spec{
		Program: p, Name: "seed", Args: s.fillAll(p.Args), Log: s.log("seed"),
		Env: map[string]string{"DATABASE_URL": s.databases.TemplateURL()},
	}
	proc, err := s.backend.Start(ctx, sp)
	if err != nil {
		return err
	}
	select {
	case <-proc.Done():
	case <-ctx.Done():
		err = ctx.Err()
	}
	end, stopErr := proc.Stop(ctx, 0)
	if err == nil && end != (backend.Outcome{}) {
		err = fmt.Errorf("%s%s", end, logfile.QuoteTail(sp.Log))
	}
	return errors.Join(err, stopErr)
}

// fillAll replaces the secrets in texts that have no other placeholders.
func (s *Session) fillAll(texts []string) (out []string) {
	for _, text := range texts {
		out = append(out, backend.ExpandKnown(text, s.scenario.Secrets()))
	}
	return out
}

// Facts describe what the run runs on: the engine and why it was chosen, versions,
// image ids and hashes, where Postgres came from, and which limits are not enforced.
// They hold no password.
func (s *Session) Facts() map[string]string {
	facts := maps.Clone(s.known)
	maps.Copy(facts, s.backend.Facts())
	if s.Capabilities().ChargesCaches {
		facts[experiment.FactDiscarded] = experiment.DiscardedTrials
	}
	if s.databases == nil {
		facts["postgres"] = "none: the scenario asks for no database"
		return facts
	}
	for name, fact := range s.databases.Server.Facts {
		facts["postgres."+name] = fact
	}
	return facts
}

// Capabilities are what can be measured and limited in the variants.
func (s *Session) Capabilities() backend.Capabilities { return s.backend.Capabilities() }

// Owns returns a function that reports whether a process of this machine belongs to this
// session: the service, a dependency or a sampler. It knows the processes that run when
// Owns is called.
func (s *Session) Owns() func(pid int) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	owns, err := s.backend.Owns(ctx)
	if err != nil {
		s.say(fmt.Sprintf("programs of the trial count as others: %v", err))
		return func(int) bool { return false }
	}
	return owns
}

// Close removes all that the session started and made, except images, which are the
// cache. It may be called again, and after the run's context has ended.
func (s *Session) Close() error {
	s.closing.Do(func() {
		var err error
		if s.postgres != nil {
			err = s.postgres.Stop(context.Background())
		}
		err = errors.Join(err, places.Remove(context.Background(), s.left))
		if s.backend != nil {
			err = errors.Join(err, s.backend.Close())
		} else {
			s.found.Release()
		}
		if s.watchdog != nil {
			err = errors.Join(err, s.watchdog.Dismiss(err == nil))
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

// sayOnce reports a line that would otherwise be repeated in every trial.
func (s *Session) sayOnce(line string) {
	if _, again := s.said.LoadOrStore(line, true); !again {
		s.say(line)
	}
}

func (s *Session) sampling(name string, rate int) backend.Sampling {
	return backend.Sampling{Name: name, Rate: rate, Log: s.log(name)}
}

// MoveLogs tells the session that the run's directory was renamed to dir.
func (s *Session) MoveLogs(dir string) { s.logs = filepath.Join(dir, "engine") }

// log returns the path of the log of a program of the engine.
func (s *Session) log(name string) string { return filepath.Join(s.logs, name+".log") }

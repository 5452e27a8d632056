package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
)

// aroundRate is how often a second what serves a variant is read: it changes
// slowly, and whoever reads it costs the machine something.
const aroundRate = 1

// sample hands over the samples of the variant; once a second one of them holds
// what served it.
func (t *trial) sample(ctx context.Context, sink func(metric.Sample) error) error {
	a := newDependencyReader(t)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); a.watch(ctx) }()
	defer func() { cancel(); <-done }()
	return t.feed.Sample(ctx, func(s metric.Sample) error {
		a.addTo(&s)
		return sink(s)
	})
}

// around reads what serves the variants, beside the sampler of the variant.
type dependencyReader struct {
	session  *Session
	database string
	conn     *pgx.Conn // to another database than the trial's, where it does not count

	mu      sync.Mutex
	server  *served              // Postgres; nil where it is not ours
	beside  []*served            // the companions
	fresh   *metric.Dependencies // not yet handed over
	missing []string             // of fresh
}

// served is a program beside the variant that has a sampler of its own.
type served struct {
	name string
	who  string // as a sample's Missing names it
	feed *backend.Feed
	last *metric.Sample // nil before the first, and when the sampler has ended
	used float64        // by its sampler when the trial first saw it, CPU seconds
}

func newDependencyReader(t *trial) *dependencyReader {
	a := &dependencyReader{session: t.session, database: t.database}
	if feed := t.session.postgres; feed != nil {
		a.server = &served{who: measure.MissingPostgres, feed: feed}
	}
	for _, c := range t.beside {
		a.beside = append(a.beside, &served{name: c.Name, who: measure.MissingSidecar(c.Name), feed: c.feed})
	}
	return a
}

// sampled are all that have a sampler.
func (a *dependencyReader) sampled() []*served {
	if a.server == nil {
		return a.beside
	}
	return append([]*served{a.server}, a.beside...)
}

// addTo puts the reading into a sample of the variant, once. The time that the
// other samplers take is no stranger's.
func (a *dependencyReader) addTo(s *metric.Sample) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.sampled() {
		if s.Machine != nil && o.last != nil && o.last.Machine != nil {
			s.Machine.Sampler += o.last.Machine.Sampler - o.used
		}
	}
	if a.fresh != nil {
		s.Dependencies, s.Missing = a.fresh, append(s.Missing, a.missing...)
		a.fresh, a.missing = nil, nil
	}
}

// watch reads until ctx ends.
func (a *dependencyReader) watch(ctx context.Context) {
	var samplers sync.WaitGroup
	for _, o := range a.sampled() {
		samplers.Go(func() { a.follow(ctx, o) })
	}
	defer samplers.Wait()
	defer a.disconnect()
	tick := time.NewTicker(time.Second / aroundRate)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			a.read(ctx)
		}
	}
}

// follow keeps its last sample; when its sampler ends, there is none.
func (a *dependencyReader) follow(ctx context.Context, o *served) {
	err := o.feed.Sample(ctx, func(s metric.Sample) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		if o.last == nil && s.Machine != nil {
			o.used = s.Machine.Sampler
		}
		o.last = &s
		return nil
	})
	if err != nil {
		a.session.say(fmt.Sprintf("%s.memory can't be read any more: %v", o.who, err))
		a.mu.Lock()
		defer a.mu.Unlock()
		o.last = nil
	}
}

// read takes one reading. What a cancelled context cut short is not handed over.
func (a *dependencyReader) read(ctx context.Context) {
	var r metric.Dependencies
	var missing []string
	note := func(who string, err error) {
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s: %v", who, err))
		}
	}
	var err error
	r.PostgresBackends, err = a.backends(ctx)
	note(measure.MissingPostgres, err)
	r.UpstreamOpen, err = a.upstreamOpen(ctx)
	note(measure.MissingUpstream, err)
	if ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r.PostgresMemory, err = a.postgresMemory()
	note(measure.MissingPostgres, err)
	r.Sidecars = map[string]uint64{}
	for _, o := range a.beside {
		bytes, err := a.memory(o)
		note(o.who, err)
		if bytes != nil {
			r.Sidecars[o.name] = *bytes
		}
	}
	a.fresh, a.missing = &r, missing
}

func (a *dependencyReader) postgresMemory() (*uint64, error) {
	if a.session.databases == nil {
		return nil, errNoDatabase
	}
	if a.server == nil {
		return nil, errors.New("the server is not ours to look into")
	}
	return a.memory(a.server)
}

// memory is what one of them holds; nil where the sample lacks it for once.
func (a *dependencyReader) memory(o *served) (*uint64, error) {
	if o.last == nil {
		return nil, errors.New("its sampler gave nothing")
	}
	can := a.session.Capabilities()
	basis := can.MemoryBasis
	if c := o.last.Cgroup; c != nil && can.Contained() {
		basis = c.Basis()
	}
	bytes, ok := o.last.Memory(basis)
	if !ok && basis == metric.BasisPSS {
		return nil, nil // PSS is costly, so that not every sample has it
	}
	if !ok {
		return nil, fmt.Errorf("its sampler lacks it: %q", o.last.Missing)
	}
	return &bytes, nil
}

var errNoDatabase = errors.New("the scenario asks for no database")

// backendsQuery counts the connections of clients to one database.
const backendsQuery = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = $1"

// backends keeps its connection: one a reading would be work for the server.
func (a *dependencyReader) backends(ctx context.Context) (*uint64, error) {
	if a.session.databases == nil {
		return nil, errNoDatabase
	}
	if a.conn == nil || a.conn.IsClosed() {
		conn, err := postgres.Connect(ctx, postgres.URL(a.session.databases.Server.Outer, "postgres"))
		if err != nil {
			return nil, err
		}
		a.conn = conn
	}
	var n uint64
	if err := a.conn.QueryRow(ctx, backendsQuery, a.database).Scan(&n); err != nil {
		return nil, err
	}
	return &n, nil
}

func (a *dependencyReader) disconnect() {
	if a.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = a.conn.Close(ctx) // nothing was written, and the server ends it by itself
}

func (a *dependencyReader) upstreamOpen(ctx context.Context) (*uint64, error) {
	if a.session.upstream == nil {
		return nil, errors.New("the scenario has none")
	}
	stats, err := a.session.upstream.stats(ctx)
	if err != nil {
		return nil, err
	}
	open, ok := stats["connections_open"]
	if !ok {
		return nil, errors.New("it does not tell connections_open")
	}
	n := uint64(open)
	return &n, nil
}

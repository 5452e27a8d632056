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

// dependencyRate is how often a second the dependencies of a variant are read: they
// change slowly, and each reading costs the machine time.
const dependencyRate = 1

// sample passes the samples of the variant to sink; once a second one of them holds
// the dependencies.
func (t *trial) sample(ctx context.Context, sink func(metric.Sample) error) error {
	d := newDependencyReader(t)
	ctx, cancel := context.WithCancel(ctx)
	var reader sync.WaitGroup
	reader.Go(func() { d.run(ctx) })
	defer reader.Wait()
	defer cancel()
	return t.feed.Sample(ctx, func(s metric.Sample) error {
		d.addTo(&s)
		return sink(s)
	})
}

// dependencyReader reads the dependencies of a variant.
type dependencyReader struct {
	session  *Session
	database string
	conn     *pgx.Conn // to another database than the trial's, where it is not counted

	mu       sync.Mutex
	programs []*dependency
	fresh    *metric.Dependencies // not yet in a sample
	missing  []string             // of fresh
}

// dependency is a program with a sampler of its own: Postgres or a sidecar.
type dependency struct {
	missing string // its name in a sample's Missing
	set     func(to *metric.Dependencies, memory uint64)
	feed    *backend.Feed
	last    *metric.Sample // nil before the first, and when the sampler has ended
	used    float64        // by its sampler up to the trial's first sample, CPU seconds
}

func newDependencyReader(t *trial) *dependencyReader {
	d := &dependencyReader{session: t.session, database: t.database}
	if feed := t.session.postgres; feed != nil {
		set := func(to *metric.Dependencies, memory uint64) { to.PostgresMemory = &memory }
		d.programs = append(d.programs, &dependency{missing: measure.MissingPostgres, set: set, feed: feed})
	}
	for _, c := range t.sidecars {
		set := func(to *metric.Dependencies, memory uint64) { to.Sidecars[c.Name] = memory }
		d.programs = append(d.programs, &dependency{missing: measure.MissingSidecar(c.Name), set: set, feed: c.feed})
	}
	return d
}

// addTo adds each reading to one sample of the variant. The time that the dependencies'
// samplers take is added to that of the variant's: it is not other CPU.
func (d *dependencyReader) addTo(s *metric.Sample) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.programs {
		if s.Machine != nil && p.last != nil && p.last.Machine != nil {
			s.Machine.Sampler += p.last.Machine.Sampler - p.used
		}
	}
	if d.fresh != nil {
		s.Dependencies, s.Missing = d.fresh, append(s.Missing, d.missing...)
		d.fresh, d.missing = nil, nil
	}
}

// run reads until ctx ends.
func (d *dependencyReader) run(ctx context.Context) {
	var samplers sync.WaitGroup
	defer samplers.Wait()
	for _, p := range d.programs {
		samplers.Go(func() { d.follow(ctx, p) })
	}
	defer d.disconnect()
	tick := time.NewTicker(time.Second / dependencyRate)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.read(ctx)
		}
	}
}

// follow keeps the program's last sample; none once its sampler has ended.
func (d *dependencyReader) follow(ctx context.Context, p *dependency) {
	err := p.feed.Sample(ctx, func(s metric.Sample) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		if p.last == nil && s.Machine != nil {
			p.used = s.Machine.Sampler
		}
		p.last = &s
		return nil
	})
	if err != nil {
		d.session.say(fmt.Sprintf("%s.memory can't be read any more: %v", p.missing, err))
		d.mu.Lock()
		defer d.mu.Unlock()
		p.last = nil
	}
}

// read takes one reading. One that a cancelled context cut short is dropped.
func (d *dependencyReader) read(ctx context.Context) {
	fresh := metric.Dependencies{Sidecars: map[string]uint64{}}
	var missing []string
	note := func(name string, err error) {
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s: %v", name, err))
		}
	}
	var err error
	fresh.PostgresBackends, err = d.backends(ctx)
	note(measure.MissingPostgres, err)
	fresh.UpstreamOpen, err = d.upstreamOpen(ctx)
	note(measure.MissingUpstream, err)
	if ctx.Err() != nil {
		return
	}
	if d.session.databases != nil && d.session.postgres == nil {
		note(measure.MissingPostgres, errors.New("the session did not start the server"))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.programs {
		bytes, err := d.memory(p)
		note(p.missing, err)
		if bytes != nil {
			p.set(&fresh, *bytes)
		}
	}
	d.fresh, d.missing = &fresh, missing
}

// memory returns the memory of a dependency, in bytes; nil where one sample lacks it.
func (d *dependencyReader) memory(p *dependency) (*uint64, error) {
	if p.last == nil {
		return nil, errors.New("its sampler gave nothing")
	}
	can := d.session.Capabilities()
	basis := can.MemoryBasis
	if c := p.last.Cgroup; c != nil && can.Contained() {
		basis = c.Basis()
	}
	bytes, ok := p.last.Memory(basis)
	switch {
	case ok:
		return &bytes, nil
	case basis == metric.BasisPSS:
		return nil, nil // PSS is costly: not every sample has it
	}
	return nil, fmt.Errorf("its sampler lacks it: %q", p.last.Missing)
}

// backendsQuery counts the connections of clients to one database.
const backendsQuery = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = $1"

// backends counts over one connection: a new one for each reading would be work for the
// server.
func (d *dependencyReader) backends(ctx context.Context) (n *uint64, err error) {
	if d.session.databases == nil {
		return nil, errors.New("the scenario asks for no database")
	}
	if d.conn == nil || d.conn.IsClosed() {
		if d.conn, err = postgres.Connect(ctx, postgres.URL(d.session.databases.Server.Outer, "postgres")); err != nil {
			return nil, err
		}
	}
	err = d.conn.QueryRow(ctx, backendsQuery, d.database).Scan(&n)
	return n, err
}

func (d *dependencyReader) disconnect() {
	if d.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.conn.Close(ctx) // nothing was written, and the server ends it by itself
}

func (d *dependencyReader) upstreamOpen(ctx context.Context) (*uint64, error) {
	if d.session.upstream == nil {
		return nil, errors.New("the scenario has none")
	}
	stats, err := d.session.upstream.stats(ctx)
	if err != nil {
		return nil, err
	}
	open, ok := stats["upstream.connections_open"]
	if !ok {
		return nil, errors.New("it does not report connections_open")
	}
	n := uint64(open)
	return &n, nil
}

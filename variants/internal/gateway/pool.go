package gateway

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// usualPoolSize is a worker's connections where GATEWAY_POOL says nothing.
const usualPoolSize = 5

// pool is the worker's connections for requests.
type pool struct {
	*pgxpool.Pool
	wait time.Duration // for a connection
}

// openPool returns the pool that the settings ask for; nil are pgxpool's own ways. It connects when a connection is first
// asked for.
func openPool(ctx context.Context, url string, settings *poolSettings) (*pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	limitStatements(cfg.ConnConfig, answerLimit)
	wait := answerLimit
	cfg.MaxConns = usualPoolSize
	if settings != nil {
		wait = settings.timeout
		settings.apply(cfg)
	}
	opened, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database pool: %w", err)
	}
	return &pool{opened, wait}, nil
}

// use runs work with a connection, which it has for answerLimit. The error is poolFull where none came free in time.
func (p *pool) use(ctx context.Context, work func(context.Context, *pgxpool.Conn) error) error {
	conn, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	return work(ctx, conn)
}

func (p *pool) take(ctx context.Context) (*pgxpool.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	conn, err := p.Acquire(waiting)
	stat := p.Stat()
	if err != nil && waiting.Err() != nil && ctx.Err() == nil && stat.AcquiredConns() == stat.MaxConns() {
		return nil, poolFull{connections: stat.MaxConns(), wait: p.wait}
	}
	return conn, err
}

// poolFull says that every connection stayed in use, which is not the database's fault.
type poolFull struct {
	connections int32
	wait        time.Duration
}

func (e poolFull) Error() string {
	return fmt.Sprintf("all %d database connections are in use, none came free within %v", e.connections, e.wait)
}

// apply gives pgxpool the ways of SQLAlchemy's QueuePool. Most are its own: it opens no more than MaxConns, replaces a
// connection that is above MaxConnLifetime when it is taken, and replaces one that doesn't answer the ping without the
// caller noticing. What it lacks is to close what is returned beyond size; and what it does beyond QueuePool, closing
// connections that rest, is turned off.
func (s *poolSettings) apply(cfg *pgxpool.Config) {
	cfg.MaxConns = int32(s.size + s.overflow)
	cfg.MaxConnLifetime = s.recycle
	cfg.MaxConnIdleTime = math.MaxInt64
	cfg.PingTimeout = answerLimit
	cfg.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return s.ping }
	r := &rested{size: s.size, conns: map[*pgx.Conn]struct{}{}}
	cfg.PrepareConn = func(_ context.Context, c *pgx.Conn) (bool, error) { r.remove(c); return true, nil }
	cfg.AfterRelease = r.add
	cfg.BeforeClose = r.remove
}

// rested are the connections that nobody uses. pgxpool's own count can't be asked for them: it calls AfterRelease from many
// goroutines at once, before the connection is back, and each would see room.
type rested struct {
	size  int
	mu    sync.Mutex
	conns map[*pgx.Conn]struct{}
}

// add reports whether there is room for one more.
func (r *rested) add(c *pgx.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.conns) >= r.size {
		return false
	}
	r.conns[c] = struct{}{}
	return true
}

func (r *rested) remove(c *pgx.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/memproof/memproof/variants/internal/pgtest"
)

// TestGuidePoolSettings holds each of the guide's four lines, and the wait that goes with them, against a real Postgres.
func TestGuidePoolSettings(t *testing.T) {
	t.Run("size and overflow", poolOverflow)
	t.Run("recycle", poolRecycle)
	t.Run("ping", poolPing)
	t.Run("timeout", poolTimeout)
}

func newPool(t *testing.T, text string) *pool {
	t.Helper()
	return poolOf(t, pgtest.Database(t), text)
}

func poolOf(t *testing.T, database, text string) *pool {
	t.Helper()
	settings, err := parsePool(text)
	if err != nil {
		t.Fatal(err)
	}
	p, err := openPool(context.Background(), database, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func (p *pool) mustTake(t *testing.T) *pgxpool.Conn {
	t.Helper()
	conn, err := p.take(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// poolOverflow: five connections at once and no sixth; when they come back two stay, and those serve again.
func poolOverflow(t *testing.T) {
	p := newPool(t, "size=2,overflow=3")
	var taken []*pgxpool.Conn
	for range 5 {
		taken = append(taken, p.mustTake(t))
	}
	p.wait = 50 * time.Millisecond
	var full poolFull
	if conn, err := p.take(context.Background()); !errors.As(err, &full) {
		t.Fatalf("a sixth connection: %v, %v", conn, err)
	}
	p.wait = deadline
	var all sync.WaitGroup
	for _, conn := range taken {
		all.Go(conn.Release)
	}
	all.Wait()
	eventually(t, "two of the connections are left", func() bool { return p.Stat().IdleConns() == 2 && p.Stat().TotalConns() == 2 })
	opened := p.Stat().NewConnsCount()
	one, two := p.mustTake(t), p.mustTake(t)
	if n := p.Stat().NewConnsCount() - opened; n != 0 {
		t.Errorf("%d connections were opened while two rested", n)
	}
	one.Release()
	two.Release()
}

func backend(c *pgxpool.Conn) uint32 { return c.Conn().PgConn().PID() }

func poolRecycle(t *testing.T) {
	for _, c := range []struct {
		text     string
		replaced bool
	}{{"recycle=3600s", false}, {"recycle=50ms", true}} {
		p := newPool(t, c.text)
		conn := p.mustTake(t)
		first := backend(conn)
		conn.Release()
		eventually(t, "the connection rests", func() bool { return p.Stat().IdleConns() == 1 })
		time.Sleep(60 * time.Millisecond)
		conn = p.mustTake(t)
		if got := backend(conn) != first; got != c.replaced {
			t.Errorf("%s: a connection that is 60 ms old was replaced: %v", c.text, got)
		}
		conn.Release()
	}
}

// poolPing ends the connections behind the service's back. With the ping no request notices; without it one does, which
// shows that the test sees the difference.
func poolPing(t *testing.T) {
	for _, c := range []struct {
		text   string
		status int
	}{{"ping=true", http.StatusOK}, {"ping=false", http.StatusServiceUnavailable}} {
		w := newWorld(t, ClientPooled)
		w.service.ledger.pool = poolOf(t, w.database, c.text)
		if got := w.ask(w.url, "", "refund"); got.status != http.StatusOK {
			t.Fatalf("%s: %+v", c.text, got)
		}
		const theirs = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'gateway'"
		w.number("SELECT count(pg_terminate_backend(pid)) " + theirs)
		eventually(t, "the connections are gone", func() bool { return w.number("SELECT count(*) "+theirs) == 0 })
		if got := w.ask(w.url, "", "refund"); got.status != c.status {
			t.Errorf("%s: a request after all connections were ended: %+v, want %d", c.text, got, c.status)
		}
	}
}

func poolTimeout(t *testing.T) {
	w := newWorld(t, ClientPooled)
	p := poolOf(t, w.database, "size=1,overflow=0,timeout=1m")
	w.service.ledger.pool = p
	held := p.mustTake(t)
	p.wait = 50 * time.Millisecond
	got := w.ask(w.url, "", "refund")
	if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "all 1 database connections are in use") {
		t.Errorf("while the connection is in use: %+v", got)
	}
	held.Release()
	p.wait = deadline
	if got := w.ask(w.url, "", "refund"); got.status != http.StatusOK {
		t.Errorf("and then: %+v", got)
	}
}

// TestPoolNeverRestsAboveItsSize: many connections come back at once, again and again.
func TestPoolNeverRestsAboveItsSize(t *testing.T) {
	p := newPool(t, "size=3,overflow=9")
	var all sync.WaitGroup
	for range 24 {
		all.Go(func() {
			for range 20 {
				if err := p.use(context.Background(), func(ctx context.Context, c *pgxpool.Conn) error { return c.Ping(ctx) }); err != nil {
					t.Error(err)
				}
				if n := p.Stat().IdleConns(); n > 3 {
					t.Errorf("%d connections rest", n)
				}
			}
		})
	}
	all.Wait()
	eventually(t, "all have come back", func() bool { return p.Stat().TotalConns() == p.Stat().IdleConns() })
	if n := p.Stat().TotalConns(); n > 3 {
		t.Errorf("%d connections are left", n)
	}
}

// TestReadinessTellsAFullPoolFromADatabaseThatIsAway: they want different remedies.
func TestReadinessTellsAFullPoolFromADatabaseThatIsAway(t *testing.T) {
	w := newWorld(t, ClientPooled)
	p := poolOf(t, w.database, "size=1,overflow=0")
	w.service.ledger = ledger{p}
	conn := p.mustTake(t)
	p.wait = 50 * time.Millisecond
	if got := w.do(http.MethodGet, w.url+"/healthz/ready", "", nil); got.status != http.StatusServiceUnavailable ||
		!strings.Contains(got.body, `"database":"busy"`) {
		t.Errorf("with all connections in use: %+v, want 503 and a busy database", got)
	}
	conn.Release()
	p.wait = deadline
	if got := w.do(http.MethodGet, w.url+"/healthz/ready", "", nil); got.status != http.StatusOK {
		t.Errorf("and then with a free one: %+v", got)
	}
}

func TestPoolFullSaysWhat(t *testing.T) {
	got := fmt.Sprint(poolFull{connections: 15, wait: 30 * time.Second})
	if want := "all 15 database connections are in use, none came free within 30s"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

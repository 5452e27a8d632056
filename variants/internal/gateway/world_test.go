package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/memproof/memproof/variants/internal/pgtest"
	"github.com/memproof/memproof/variants/internal/prefork"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// deadline is generous: it is reached only where something hangs.
const deadline = time.Minute

// world is a worker's service with a real database, an upstream over TLS and an HTTP server in front.
type world struct {
	testing.TB
	database string
	program  program
	provider *provider
	service  *service
	url      string
}

func newWorld(t testing.TB, client AIClient) *world {
	t.Helper()
	return newWorldIn(t, client, pgtest.Database(t))
}

// newWorldIn makes the tables in the database, with two keys and three passages.
func newWorldIn(t testing.TB, client AIClient, database string) *world {
	t.Helper()
	pgtest.Exec(t, database, Schema)
	pgtest.Exec(t, database, fmt.Sprintf(`INSERT INTO api_keys VALUES (1, '\x%x'), (2, '\x%x')`, KeyDigest("key-1"), KeyDigest("key-2")))
	pgtest.Exec(t, database, `INSERT INTO passages VALUES (10, 'A refund takes a week.'),
		(20, 'The invoice is sent by email, and a refund is shown on the invoice.'), (30, 'Shipping is free.')`)
	w := &world{TB: t, database: database, provider: newProvider(t)}
	base, err := url.Parse(w.provider.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.program = program{
		config: Config{CPUTimes2Plus1, Recycle1000Or3600s, SchedulerEveryWorker, client, false},
		env:    environment{database: database, upstream: base, authority: w.provider.authority()},
		cpus:   2, log: slog.New(slog.DiscardHandler),
	}
	w.service, w.url = w.worker()
	return w
}

// worker starts one more worker of the same service.
func (w *world) worker() (*service, string) {
	w.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	crew := func() prefork.Status { return prefork.Status{Target: 5, Ready: 5, Spawned: 5, Tasks: 5} }
	s, err := newService(ctx, w.program, 1, crew)
	if err != nil {
		cancel()
		w.Fatal(err)
	}
	server := httptest.NewServer(s.handler())
	w.Cleanup(func() {
		server.Close()
		cancel()
		s.ledger.pool.Close()
	})
	return s, server.URL
}

// reply is an answer, read to its end.
type reply struct {
	status int
	id     string
	body   string
}

// ask posts the prompt as key-1 under the request id.
func (w *world) ask(base, id, prompt string) reply {
	w.Helper()
	body, err := json.Marshal(chatRequest{"gpt-4", prompt, 100})
	if err != nil {
		w.Fatal(err)
	}
	return w.do(http.MethodPost, base+"/v1/chat", string(body), map[string]string{"Authorization": "Bearer key-1", "X-Request-Id": id})
}

func (w *world) do(method, url, body string, header map[string]string) reply {
	w.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := (&http.Client{Timeout: deadline}).Do(req)
	if err != nil {
		w.Errorf("%s %s: %v", method, url, err)
		return reply{}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.Errorf("%s %s: %v", method, url, err)
	}
	return reply{resp.StatusCode, resp.Header.Get("X-Request-Id"), string(raw)}
}

// number is the one figure that the query answers with.
func (w *world) number(query string) int {
	w.Helper()
	conn, err := pgx.Connect(context.Background(), w.database)
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close(context.Background())
	var n int
	if err := conn.QueryRow(context.Background(), query).Scan(&n); err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	return n
}

func (w *world) rows() int { w.Helper(); return w.number("SELECT count(*) FROM usage_ledger") }

// eventually polls until the condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// provider is an AI upstream that answers with the prompt itself, and counts.
type provider struct {
	*httptest.Server
	calls, opened, closed atomic.Int64
	answer                atomic.Pointer[http.HandlerFunc] // in place of the usual one
}

func newProvider(t testing.TB) *provider {
	p := &provider{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.Config.ConnState = p.watch()
	p.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

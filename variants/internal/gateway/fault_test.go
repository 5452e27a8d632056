package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/variants/internal/pgtest"
	"github.com/memproof/memproof/variants/internal/prefork"
)

func TestHostileInput(t *testing.T) {
	w := newWorld(t, ClientPooled)
	const good = `{"model":"gpt-4","prompt":"refund"}`
	key := map[string]string{"Authorization": "Bearer key-1"}
	for _, c := range []struct {
		name, method, path, body string
		header                   map[string]string
		want                     int
	}{
		{"bad JSON", "POST", "/v1/chat", `{"model":`, key, 400},
		{"no body", "POST", "/v1/chat", ``, key, 400},
		{"unknown model", "POST", "/v1/chat", `{"model":"x","prompt":"a"}`, key, 400},
		{"deep nesting", "POST", "/v1/chat", strings.Repeat("[", 100_000), key, 400},
		{"huge body", "POST", "/v1/chat", `{"prompt":"` + strings.Repeat("a", maxBody) + `"}`, key, 413},
		{"no key", "POST", "/v1/chat", good, nil, 401},
		{"wrong key", "POST", "/v1/chat", good, map[string]string{"Authorization": "Bearer key-3"}, 401},
		{"another scheme", "POST", "/v1/chat", good, map[string]string{"Authorization": "Basic key-1"}, 401},
		{"a key in SQL", "POST", "/v1/chat", good, map[string]string{"Authorization": "Bearer ' OR 1=1 --"}, 401},
		{"wrong key for usage", "GET", "/v1/usage", "", map[string]string{"Authorization": "Bearer key-3"}, 401},
		{"unknown path", "GET", "/v2/chat", "", key, 404},
		{"nearly a path", "GET", "/healthz/", "", nil, 404},
		{"wrong method", "GET", "/v1/chat", "", key, 405},
		{"long request id", "POST", "/v1/chat", good, with(key, "X-Request-Id", strings.Repeat("a", 129)), 400},
		{"request id with a space", "POST", "/v1/chat", good, with(key, "X-Request-Id", "a b"), 400},
		{"request id beyond ASCII", "POST", "/v1/chat", good, with(key, "X-Request-Id", "ä"), 400},
	} {
		got := w.do(c.method, w.url+c.path, c.body, c.header)
		var says struct{ Error string }
		if err := json.Unmarshal([]byte(got.body), &says); got.status != c.want || err != nil || says.Error == "" {
			t.Errorf("%s: got %d %q (%v), want %d and an error in JSON", c.name, got.status, got.body, err, c.want)
		}
	}
	if w.rows() != 0 || w.provider.calls.Load() != 0 {
		t.Errorf("%d rows and %d upstream calls for what was refused", w.rows(), w.provider.calls.Load())
	}
	if got := w.ask(w.url, "", "refund"); got.status != http.StatusOK {
		t.Errorf("and then a good request: %+v", got)
	}
}

func with(header map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range header {
		out[k] = v
	}
	return out
}

// TestLongPrompts holds that counting the tokens of the longest prompts doesn't hang: tokenizers are known for inputs on
// which they take the square of the length.
func TestLongPrompts(t *testing.T) {
	w := newWorld(t, ClientPooled)
	for _, unit := range []string{"a", "refund ", "?", "9", "x ", "é", "\n x"} {
		prompt := "q" + strings.Repeat(unit, 400_000/len(unit)) + "q"
		if got := w.ask(w.url, "", prompt); got.status != http.StatusOK {
			t.Errorf("400 kB of %q: %d %.100s", unit, got.status, got.body)
		}
	}
}

func TestUpstreamFaults(t *testing.T) {
	w := newWorld(t, ClientPooled)
	says := func(status int, body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(status)
			fmt.Fprint(rw, body)
		}
	}
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"500", says(500, "")}, {"429", says(429, "")}, {"redirect", says(302, "")}, {"204", says(204, "")},
		{"no JSON", says(200, "<html>")}, {"no choice", says(200, `{"choices":[],"usage":{"completion_tokens":1}}`)},
		{"no count", says(200, `{"choices":[{"message":{"content":"a"}}]}`)},
		{"cut off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	} {
		w.provider.answerWith(c.answer)
		if got := w.ask(w.url, "", "refund"); got.status != http.StatusBadGateway {
			t.Errorf("%s: got %+v, want 502", c.name, got)
		}
	}
	if w.rows() != 0 {
		t.Errorf("%d rows for failures", w.rows())
	}
}

// TestFailedCallIsNotRepeated: the upstream that broke the connection may have done, and billed, the work.
func TestFailedCallIsNotRepeated(t *testing.T) {
	w := newWorld(t, ClientPerRequest)
	w.provider.answerWith(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	w.ask(w.url, "", "refund")
	if n := w.provider.calls.Load(); n != 1 {
		t.Errorf("a call that broke was made %d times", n)
	}
}

func TestUpstreamDown(t *testing.T) {
	for _, kind := range []AIClient{ClientPerRequest, ClientPooled} {
		w := newWorld(t, kind)
		w.ask(w.url, "", "refund")
		w.provider.Close()
		if got := w.ask(w.url, "", "refund"); got.status != http.StatusBadGateway {
			t.Errorf("%s: got %+v, want 502", kind, got)
		}
	}
}

func TestUpstreamTooSlow(t *testing.T) {
	w := newWorld(t, ClientPooled)
	w.provider.answerWith(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	usual := w.service.upstream.clients
	w.service.upstream.clients = func() (*http.Client, func(), error) {
		client, release, err := usual()
		hasty := *client
		hasty.Timeout = 50 * time.Millisecond
		return &hasty, release, err
	}
	if got := w.ask(w.url, "", "refund"); got.status != http.StatusGatewayTimeout {
		t.Errorf("got %+v, want 504", got)
	}
}

func TestSlowBodyIsTimedOut(t *testing.T) {
	p, ok := bodyProblem(fmt.Errorf("read: %w", os.ErrDeadlineExceeded)).(problem)
	if !ok || p.status != http.StatusRequestTimeout {
		t.Errorf("a body that misses its deadline is %v", p)
	}
}

func TestDatabaseDown(t *testing.T) {
	server := pgtest.Start(t)
	w := newWorldIn(t, ClientPooled, server.URL("postgres"))
	key := map[string]string{"Authorization": "Bearer key-1"}
	w.ask(w.url, "", "refund")
	server.Stop()
	for _, got := range []reply{
		w.ask(w.url, "", "refund"),
		w.do("GET", w.url+"/v1/usage", "", key),
		w.do("GET", w.url+"/healthz/ready", "", nil),
	} {
		if got.status != http.StatusServiceUnavailable {
			t.Errorf("without a database: %+v, want 503", got)
		}
	}
	if got := w.do("GET", w.url+"/healthz", "", nil); got.status != http.StatusOK {
		t.Errorf("a worker whose database is away is live all the same, got %+v", got)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "requests are answered again", func() bool { return w.ask(w.url, "", "refund").status == http.StatusOK })
}

func TestServiceNeedsItsDatabase(t *testing.T) {
	w := newWorld(t, ClientPooled)
	w.program.env.database = "postgres://nobody@/none?host=/nonexistent"
	_, err := newService(context.Background(), w.program, 1, func() prefork.Status { return prefork.Status{} })
	if err == nil || !strings.Contains(err.Error(), "connect to the database") {
		t.Errorf("got %v, want an error that says what is away", err)
	}
}

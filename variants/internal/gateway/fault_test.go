package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
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
		{"a count beyond any answer", says(200, `{"choices":[{"message":{"content":"a"}}],"usage":{"completion_tokens":3000000000}}`)},
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

// TestSlowClient sends half a body and no more, and then one that comes slowly but in time.
func TestSlowClient(t *testing.T) {
	w := newWorld(t, ClientPooled)
	w.service.bodyLimit = 100 * time.Millisecond
	send := func(body io.Reader) reply {
		req, err := http.NewRequest(http.MethodPost, w.url+"/v1/chat", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer key-1")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return reply{status: resp.StatusCode, body: string(raw)}
	}
	stuck, more := io.Pipe()
	go fmt.Fprint(more, `{"model":"gpt-4",`)
	if got := send(stuck); got.status != http.StatusRequestTimeout {
		t.Errorf("half a body: %+v, want 408", got)
	}
	w.service.bodyLimit = deadline
	slow, rest := io.Pipe()
	go func() {
		for _, b := range []byte(`{"model":"gpt-4","prompt":"refund"}`) {
			_, _ = rest.Write([]byte{b}) // the reader decides what becomes of it
			time.Sleep(time.Millisecond)
		}
		rest.Close()
	}()
	if got := send(slow); got.status != http.StatusOK || w.rows() != 1 {
		t.Errorf("a body that comes byte by byte: %+v, %d rows", got, w.rows())
	}
}

// TestDialIsRepeated: where no connection came about the upstream has seen nothing, so one more attempt is safe; and one only.
func TestDialIsRepeated(t *testing.T) {
	for _, c := range []struct {
		failures, status int
		dials, calls     int64
	}{{1, http.StatusOK, 2, 1}, {2, http.StatusBadGateway, 2, 0}} {
		w := newWorld(t, ClientPooled)
		var dials atomic.Int64
		client, _, err := w.service.upstream.clients()
		if err != nil {
			t.Fatal(err)
		}
		transport := client.Transport.(*http.Transport)
		usual := transport.DialContext
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials.Add(1) <= int64(c.failures) {
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			}
			return usual(ctx, network, address)
		}
		got := w.ask(w.url, "", "refund")
		if got.status != c.status || dials.Load() != c.dials || w.provider.calls.Load() != c.calls || int64(w.rows()) != c.calls {
			t.Errorf("%d failed dials: %+v after %d dials, %d calls and %d rows", c.failures, got, dials.Load(), w.provider.calls.Load(), w.rows())
		}
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

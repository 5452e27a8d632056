package gateway

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSingleHasNoWorkersToSet(t *testing.T) {
	for _, name := range []string{"GUNICORN_WORKERS", "GATEWAY_EXIT_MEMORY", "GATEWAY_PRELOAD", "GATEWAY_CONFIG"} {
		vars := map[string]string{"DATABASE_URL": "postgres://db/gateway", "AI_URL": "https://upstream:8443"}
		if _, err := newSingle(lookupIn(vars)); err != nil {
			t.Error(err)
		}
		vars[name] = "1"
		if _, err := newSingle(lookupIn(vars)); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s gives %v, want an error that begins with the variable's name", name, err)
		}
	}
}

// TestSingleStopsWithoutLosingARequest: a request that is under way, and one that comes on an open connection while the
// process is stopping, are answered; the latter is told to close.
func TestSingleStopsWithoutLosingARequest(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	arrived, finish := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			close(arrived)
			<-finish
		}
		fmt.Fprint(w, "done")
	})
	ended := make(chan error)
	go func() { ended <- serveUntil(ctx, listener, handler, slog.New(slog.DiscardHandler)) }()
	open, long := dial(t, listener.Addr()), dial(t, listener.Addr())
	if open.get(t, "/").last {
		t.Error("a connection is closed while nothing stops")
	}
	long.send(t, "/long")
	<-arrived
	stop()
	for !open.get(t, "/").last { // fails where the connection ends without that
		time.Sleep(time.Millisecond)
	}
	close(finish)
	if got := long.receive(t); got.status != http.StatusOK {
		t.Errorf("the request under way got %d", got.status)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestSingleLimitsTheHeader as the prefork server does.
func TestSingleLimitsTheHeader(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- serveUntil(ctx, listener, http.NotFoundHandler(), slog.New(slog.DiscardHandler)) }()
	c := dial(t, listener.Addr())
	if got := c.get(t, "/"+strings.Repeat("a", 128<<10)); got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 128 KiB got %d, want 431", got.status)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// client is one connection, on which the test sees what a pool would hide.
type client struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, to net.Addr) client {
	t.Helper()
	conn, err := net.DialTimeout("tcp", to.String(), deadline)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	return client{conn, bufio.NewReader(conn)}
}

func (c client) send(t *testing.T, path string) {
	t.Helper()
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: single\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
}

// received is an answer: its status and whether it is the last of the connection.
type received struct {
	status int
	last   bool
}

func (c client) receive(t *testing.T) received {
	t.Helper()
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return received{resp.StatusCode, resp.Close}
}

func (c client) get(t *testing.T, path string) received {
	t.Helper()
	c.send(t, path)
	return c.receive(t)
}

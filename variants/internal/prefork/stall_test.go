package prefork

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// deadline is how long a test waits for what must come; it is no measure.
const deadline = 30 * time.Second

// stall is what the servers of a test share, as workers do: the listening
// socket and the one over which they hand over connections.
type stall struct {
	addr              string
	listener, in, out *os.File
}

func newStall(t *testing.T) stall {
	t.Helper()
	listener, addr, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	in, out, err := socketpair(unix.SOCK_SEQPACKET, "handover")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); in.Close(); out.Close() })
	return stall{addr.String(), listener, in, out}
}

// start starts a server of the kind that a worker runs, in the test's process.
// Its handler answers with the server's name and the body that it got, after
// work.
func (st stall) start(t *testing.T, name string, work func(*http.Request)) *server {
	t.Helper()
	l, err := net.FileListener(st.listener)
	if err != nil {
		t.Fatal(err)
	}
	in := must(t)(net.FileConn(st.in)).(*net.UnixConn)
	out := must(t)(net.FileConn(st.out)).(*net.UnixConn)
	log := slog.New(slog.DiscardHandler)
	s := newServer(l, inbox{in, log}, &outbox{out}, log)
	s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("%s: method %q, error %v", name, r.Method, err)
		}
		work(r)
		fmt.Fprintf(w, "%s %s", name, body)
	}))
	t.Cleanup(func() { s.http.Close() })
	return s
}

func idly(*http.Request) {}

func must(t *testing.T) func(net.Conn, error) net.Conn {
	t.Helper()
	return func(c net.Conn, err error) net.Conn {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// client is one raw connection: what is sent when is the test's decision.
type client struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	c := must(t)(net.Dial("tcp", addr))
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	return &client{Conn: c, t: t, r: bufio.NewReader(c)}
}

// ping is a whole request.
const ping = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nping"

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

func (c *client) answer() (body string, closing bool) {
	c.t.Helper()
	body, closing, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	return body, closing
}

// read reads one answer; closing says that the server announced to close.
func (c *client) read() (body string, closing bool, err error) {
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return "", false, fmt.Errorf("read an answer: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", false, fmt.Errorf("read an answer's body: %w", err)
	}
	return string(b), resp.Close, nil
}

// ask sends a request and expects an answer of the server named, which keeps
// the connection.
func (c *client) ask(from string) {
	c.t.Helper()
	c.send(ping)
	if got, closing := c.answer(); got != from+" ping" || closing {
		c.t.Errorf("answer %q, closing %t; want %q, kept open", got, closing, from+" ping")
	}
}

// eventually waits for a condition that something else brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never came: %s", what)
		}
	}
}

// part runs leave to its end and expects it to cut off no connection.
func part(t *testing.T, leave func(context.Context) int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if cut := leave(ctx); cut != 0 {
		t.Errorf("%d connections were cut off", cut)
	}
}

// ping asks whoever has the connection.
func (c *client) ping() (closing bool, err error) {
	if _, err := io.WriteString(c, ping); err != nil {
		return false, fmt.Errorf("send: %w", err)
	}
	got, closing, err := c.read()
	if err == nil && !strings.HasSuffix(got, " ping") {
		err = fmt.Errorf("answer %q", got)
	}
	return closing, err
}

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
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
		if err != nil || r.Method != "GET" && r.Method != "POST" {
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

func request(body string) string {
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

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
	c.send(request("ping"))
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

// part runs leave to its end and expects it to cut off so many connections.
func part(t *testing.T, leave func(context.Context) int, cut int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if got := leave(ctx); got != cut {
		t.Errorf("%d connections were cut off, want %d", got, cut)
	}
}

func TestIdleConnectionsMove(t *testing.T) {
	st := newStall(t)
	a := st.start(t, "a", idly)
	used, unused := dial(t, st.addr), dial(t, st.addr)
	used.ask("a")
	used.ask("a")
	eventually(t, "both connections accepted", func() bool { return len(a.open()) == 2 })
	part(t, a.drain, 0)
	b := st.start(t, "b", idly)
	used.ask("b")
	unused.ask("b")
	part(t, b.drain, 0)
	st.start(t, "c", idly)
	used.ask("c")
	unused.ask("c")
}

func TestRequestUnderWayIsAnsweredThenItsConnectionMoves(t *testing.T) {
	st := newStall(t)
	arrived, release := make(chan bool), make(chan bool)
	a := st.start(t, "a", func(*http.Request) { arrived <- true; <-release })
	c := dial(t, st.addr)
	c.send(request("ping"))
	<-arrived
	drained := make(chan bool)
	go func() { defer close(drained); part(t, a.drain, 0) }()
	eventually(t, "the drain", a.evicting.Load)
	close(release)
	if got, closing := c.answer(); got != "a ping" || closing {
		t.Errorf("answer %q, closing %t; want %q, kept open", got, closing, "a ping")
	}
	<-drained
	st.start(t, "b", idly)
	c.ask("b")
}

// A client that pipelines may have sent any part of its next request when the
// worker wants to part with the connection. Whatever part, the request is
// answered.
func TestPipelinedRequestsSurviveADrain(t *testing.T) {
	st := newStall(t)
	release := make(chan bool)
	var arrived atomic.Int64
	a := st.start(t, "a", func(r *http.Request) {
		if r.Header.Get("First") != "" {
			arrived.Add(1)
			<-release
		}
	})
	first := "GET / HTTP/1.1\r\nHost: h\r\nFirst: yes\r\n\r\n"
	second := request("ping")
	var clients []*client
	for split := range len(second) + 1 {
		c := dial(t, st.addr)
		c.send(first + second[:split])
		clients = append(clients, c)
	}
	eventually(t, "all first requests", func() bool { return arrived.Load() == int64(len(clients)) })
	st.start(t, "b", idly)
	drained := make(chan bool)
	go func() { defer close(drained); part(t, a.drain, 0) }()
	eventually(t, "the drain", a.evicting.Load)
	close(release)
	for split, c := range clients {
		if got, _ := c.answer(); got != "a " {
			t.Errorf("split at %d: first answer %q", split, got)
		}
		c.send(second[split:])
		if got, _ := c.answer(); got != "a ping" && got != "b ping" {
			t.Errorf("split at %d: second answer %q", split, got)
		}
	}
	<-drained
}

// Requests that arrive in the very moment of the handover are answered, once.
func TestNothingIsLostWhileConnectionsMove(t *testing.T) {
	const clients, rounds = 8, 40
	st := newStall(t)
	var answered, asked atomic.Int64
	work := func(*http.Request) { answered.Add(1) }
	current := st.start(t, "0", work)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range clients {
		c := dial(t, st.addr)
		running.Go(func() {
			for ctx.Err() == nil {
				closing, err := c.ping()
				if err == nil && closing {
					c.Close()
					c.Conn, err = net.Dial("tcp", st.addr)
					c.r.Reset(c.Conn)
				}
				if err != nil {
					t.Error(err)
					return
				}
				asked.Add(1)
			}
		})
	}
	for round := range rounds {
		before := asked.Load()
		eventually(t, "some requests", func() bool { return t.Failed() || asked.Load() > before+clients })
		next := st.start(t, fmt.Sprint(round+1), work)
		part(t, current.drain, 0)
		current = next
	}
	cancel()
	running.Wait()
	if asked.Load() != answered.Load() {
		t.Errorf("%d requests were answered, handlers ran %d times", asked.Load(), answered.Load())
	}
}

// ping asks whoever has the connection.
func (c *client) ping() (closing bool, err error) {
	if _, err := io.WriteString(c, request("ping")); err != nil {
		return false, fmt.Errorf("send: %w", err)
	}
	got, closing, err := c.read()
	if err == nil && !strings.HasSuffix(got, " ping") {
		err = fmt.Errorf("answer %q", got)
	}
	return closing, err
}

func TestStopAnswersWhatIsUnderWayAndLetsIdleConnectionsGo(t *testing.T) {
	st := newStall(t)
	arrived, release := make(chan bool), make(chan bool)
	a := st.start(t, "a", func(r *http.Request) {
		if r.Header.Get("First") != "" {
			arrived <- true
			<-release
		}
	})
	idle, returning, busy := dial(t, st.addr), dial(t, st.addr), dial(t, st.addr)
	idle.ask("a")
	returning.ask("a")
	busy.send("GET / HTTP/1.1\r\nHost: h\r\nFirst: yes\r\n\r\n")
	<-arrived
	stopped := make(chan bool)
	go func() { defer close(stopped); part(t, a.stop, 0) }()
	eventually(t, "the stop", a.closing.Load)
	returning.send(request("ping"))
	if got, closing := returning.answer(); got != "a ping" || !closing {
		t.Errorf("answer %q, closing %t; want %q and closing", got, closing, "a ping")
	}
	if _, err := idle.r.ReadByte(); err != io.EOF {
		t.Errorf("idle connection: %v, want %v", err, io.EOF)
	}
	close(release)
	if got, _ := busy.answer(); got != "a " {
		t.Errorf("request under way: answer %q", got)
	}
	<-stopped
}

func TestDrainEndsWithItsContext(t *testing.T) {
	st := newStall(t)
	arrived := make(chan bool)
	a := st.start(t, "a", func(r *http.Request) { arrived <- true; <-r.Context().Done() })
	c := dial(t, st.addr)
	c.send(request("ping"))
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if cut := a.drain(ctx); cut != 1 {
		t.Errorf("%d connections were cut off, want 1", cut)
	}
	if _, err := c.r.ReadByte(); err == nil {
		t.Error("the connection is still open")
	}
}

func TestReceivedRefusesWhatCarriesNoConnection(t *testing.T) {
	two := unix.UnixRights(0, 0)
	for name, oob := range map[string][]byte{"nothing": nil, "garbage": {1, 2, 3}, "half": two[:12]} {
		if c, err := received(oob); err == nil {
			t.Errorf("%s: got %v, want an error", name, c)
		}
	}
}

// Passing the listening socket to a child must not change it for the workers
// that accept on it.
func TestCopyOfTheListenerStaysNonBlocking(t *testing.T) {
	file, _, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	worker, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	defer worker.Close()
	flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0) // Fd is what os/exec calls
	if err != nil {
		t.Fatal(err)
	}
	if flags&unix.O_NONBLOCK == 0 {
		t.Error("the socket is in blocking mode")
	}
}

// A connection is roused to leave, and in the same moment the beginning of a
// request arrives: the rest must not find the deadline that roused it.
func TestRousedConnectionWithARequestWaitsForItsEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	far := dial(t, l.Addr().String())
	near := must(t)(l.Accept())
	defer near.Close()
	c := &conn{TCPConn: near.(*net.TCPConn), server: &server{}}
	c.settle()
	far.send("PO")
	if err := c.SetReadDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	if c.goes(len(buf)) {
		t.Fatal("the connection goes before anyone roused it")
	}
	n, err := c.TCPConn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	c.rouse()
	if err := c.awake(n, err); err != nil {
		t.Fatal(err)
	}
	far.send("ST")
	if _, err := c.Read(buf[n:]); err != nil || string(buf[:4]) != "POST" {
		t.Errorf("read %q, %v", buf[:4], err)
	}
}

// The beginning of a request has been read, up to any byte, when the worker
// wants to part with its connection.
func TestHalfReadRequestsAreAnswered(t *testing.T) {
	st := newStall(t)
	a := st.start(t, "a", idly)
	whole := request("ping")
	var clients []*client
	for split := 1; split < len(whole); split++ {
		c := dial(t, st.addr)
		c.send(whole[:split])
		clients = append(clients, c)
	}
	eventually(t, "all beginnings read", func() bool {
		return len(a.open()) == len(clients) && !slices.ContainsFunc(a.open(), (*conn).rests)
	})
	st.start(t, "b", idly)
	drained := make(chan bool)
	go func() { defer close(drained); part(t, a.drain, 0) }()
	eventually(t, "the drain", a.evicting.Load)
	for i, c := range clients {
		c.send(whole[i+1:])
		if got, _ := c.answer(); got != "a ping" {
			t.Errorf("split at %d: answer %q", i+1, got)
		}
	}
	<-drained
}

func (c *conn) rests() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settled || !c.waiting && c.buffer == 0
}

package generator

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

// service is the other end of connections in memory, whose time is that of a
// [synctest.Test].
type service struct {
	mu      sync.Mutex
	opened  int
	silent  bool        // it answers no more
	closed  []time.Time // when connections were closed by the client
	headers string      // of each answer
	body    string      // of the last request
	closes  string      // its header Connection
}

func (s *service) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	w := ctx.Value(wireKey{}).(*wire)
	client, server := net.Pipe()
	w.Conn = client
	s.mu.Lock()
	s.opened++
	s.mu.Unlock()
	go s.serve(server)
	return w, nil
}

func (s *service) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		request, err := http.ReadRequest(r)
		if answer := s.see(request, err); answer != "" {
			_, _ = io.WriteString(c, answer)
		}
		if err != nil {
			return
		}
	}
}

// see notes a request, or the end of a connection, and gives the answer.
func (s *service) see(request *http.Request, err error) (answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.closed = append(s.closed, time.Now())
		return ""
	}
	body, _ := io.ReadAll(request.Body)
	s.body, s.closes = string(body), request.Header.Get("Connection")
	if s.silent {
		return ""
	}
	return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + s.headers + "\r\nok"
}

// connect makes connections to the service.
func (s *service) connect(t *testing.T, keepAlive time.Duration) *connections {
	t.Helper()
	p, err := newConnections("http://service", keepAlive)
	if err != nil {
		t.Fatal(err)
	}
	p.transport.DialContext = s.dial
	return p
}

// get sends a request and reads its answer.
func get(t *testing.T, p *connections) (metric.Connection, error) {
	t.Helper()
	m := newTestMaker(t, load.Target{Method: "GET", Path: "/"}, 1)
	r, err := m.request(0)
	if err != nil {
		t.Fatal(err)
	}
	res, on, err := p.send(r)
	if err != nil {
		return on, err
	}
	if text, err := io.ReadAll(res.Body); string(text) != "ok" || err != nil {
		t.Errorf("the answer is %q, %v", text, err)
	}
	return on, res.Body.Close()
}

// TestIdleConnectionsAreUsedForSoLong as the scenario and the answer say, and are
// closed then.
func TestIdleConnectionsAreUsedForSoLong(t *testing.T) {
	const never = -1
	tests := []struct {
		name, headers string
		keepAlive     time.Duration
		last          time.Duration // the longest rest after which the connection is used again
	}{
		{"the scenario's", "", 500 * time.Millisecond, 500 * time.Millisecond},
		{"the answer allows more", "Keep-Alive: timeout=75\r\n", 500 * time.Millisecond, 500 * time.Millisecond},
		{"the answer allows less", "Keep-Alive: timeout=5, max=1000\r\n", time.Minute, 4 * time.Second},
		{"another order and case", "Keep-Alive: max=1000, Timeout = 5\r\n", time.Minute, 4 * time.Second},
		{"as much", "Keep-Alive: timeout=1\r\n", time.Second, 500 * time.Millisecond},
		{"none", "Keep-Alive: timeout=0\r\n", time.Second, never},
		{"nonsense", "Keep-Alive: timeout=soon\r\nKeep-Alive: yes\r\n", time.Second, time.Second},
		{"more than can be", "Keep-Alive: timeout=99999999999999999999\r\n", time.Second, time.Second},
		{"the answer closes", "Connection: close\r\n", time.Second, never},
		{"no reuse", "", 0, never},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &service{headers: tt.headers}
				p := s.connect(t, tt.keepAlive)
				defer p.close()
				want := metric.NewConnection
				for _, rest := range []time.Duration{0, tt.last - time.Millisecond, tt.last + time.Millisecond} {
					time.Sleep(rest)
					if rest > tt.last {
						want = metric.NewConnection
					}
					if on, err := get(t, p); on != want || err != nil {
						t.Errorf("after a rest of %v: %v, %v; want %v", rest, on, err, want)
					}
					if want = metric.UsedConnection; tt.last == never {
						want = metric.NewConnection
					}
				}
				synctest.Wait()
				s.mu.Lock()
				defer s.mu.Unlock()
				if (s.closes == "close") != (tt.keepAlive == 0) {
					t.Errorf("the request says Connection: %s", s.closes)
				}
				if tt.last == never {
					return
				}
				opened := time.Now()
				s.mu.Unlock()
				time.Sleep(time.Hour)
				s.mu.Lock()
				if last := s.closed[len(s.closed)-1]; last.Sub(opened) != tt.last {
					t.Errorf("closed %v after its last use, want %v", last.Sub(opened), tt.last)
				}
			})
		})
	}
}

// TestServiceThatClosesIdleConnections at the very time of the next request: no
// request meets it.
func TestServiceThatClosesIdleConnections(t *testing.T) {
	for _, idle := range []time.Duration{time.Second, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{}
			p := s.connect(t, 500*time.Millisecond)
			defer p.close()
			for range 20 {
				if on, err := get(t, p); on != metric.NewConnection || err != nil {
					t.Errorf("%v, %v", on, err)
				}
				time.Sleep(idle)
			}
		})
	}
}

// deaf is a connection that the other side may close without news of it so far:
// nothing can be written any more.
type deaf struct {
	net.Conn
	now atomic.Bool
}

func (d *deaf) Write(b []byte) (int, error) {
	if d.now.Load() {
		return 0, syscall.EPIPE
	}
	return d.Conn.Write(b)
}

// TestConnectionClosedBeforeTheRequest is passed over: nothing was sent on it.
func TestConnectionClosedBeforeTheRequest(t *testing.T) {
	s := &service{}
	p := s.connect(t, time.Minute)
	defer p.close()
	var first *deaf
	p.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := s.dial(ctx, network, address)
		if w := c.(*wire); first == nil {
			first = &deaf{Conn: w.Conn}
			w.Conn = first
		}
		return c, err
	}
	if on, err := get(t, p); on != metric.NewConnection || err != nil {
		t.Fatal(on, err)
	}
	first.now.Store(true)
	m := newTestMaker(t, load.Target{Method: "POST", Path: "/", Body: "whole"}, 1)
	r, err := m.request(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, on, err := p.send(r); on != metric.NewConnection || err != nil || s.opened != 2 || s.body != "whole" {
		t.Errorf("%v, %v, %d connections, body %q", on, err, s.opened, s.body)
	}
}

// TestKindsOfFailure: which are the connection's that had served before, and which
// the service's. No text holds an address: equal failures are counted together.
func TestKindsOfFailure(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	tests := []struct {
		name    string
		answers []string // to requests in turn, on one connection, which ends after the last
		reset   bool     // with a reset in the place of a close
		want    metric.Connection
		error   string
	}{
		{"used, closed", []string{answer, ""}, false, metric.ResetConnection, metric.ErrorReset},
		{"used, reset", []string{answer, ""}, true, metric.ResetConnection, metric.ErrorReset},
		{"used, cut off in the first line", []string{answer, "HTTP/1.1 20"}, false, metric.UsedConnection, "malformed HTTP"},
		{"used, nonsense", []string{answer, "nonsense"}, false, metric.UsedConnection, "malformed HTTP"},
		{"new, closed", []string{""}, false, metric.NewConnection, "closed by the service without an answer"},
		{"new, reset", []string{""}, true, metric.NewConnection, "read: connection reset by peer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go endAfter(l, tt.answers, tt.reset)
			p, err := newConnections("http://"+l.Addr().String(), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			defer p.close()
			for range len(tt.answers) - 1 {
				if on, err := get(t, p); on != metric.NewConnection || err != nil {
					t.Fatal(on, err)
				}
			}
			on, err := get(t, p)
			if on != tt.want || err == nil || !strings.Contains(err.Error(), tt.error) || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("%v, error %v; want %v, %q", on, err, tt.want, tt.error)
			}
		})
	}
}

// endAfter accepts a connection, gives the answers to requests in turn, and ends it.
func endAfter(l net.Listener, answers []string, reset bool) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for _, answer := range answers {
		if _, err := http.ReadRequest(r); err != nil {
			return
		}
		_, _ = io.WriteString(c, answer)
	}
	if reset {
		_ = c.(*net.TCPConn).SetLinger(0)
	}
}

// TestNoConnection: where none can be opened nothing was sent.
func TestNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, err := newConnections("http://"+l.Addr().String(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if on, err := get(t, p); on != metric.NoConnection || err == nil || err.Error() != "connect: connection refused" {
		t.Errorf("%v, %v", on, err)
	}
}

// TestNoAnswerInTime on a used connection is no reset: it is the service's.
func TestNoAnswerInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		p := s.connect(t, time.Minute)
		defer p.close()
		if on, err := get(t, p); on != metric.NewConnection || err != nil {
			t.Fatal(on, err)
		}
		s.mu.Lock()
		s.silent = true
		s.mu.Unlock()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, noAnswer(time.Second))
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", "http://service/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, on, err := p.send(r); on != metric.UsedConnection || !errors.Is(err, noAnswer(time.Second)) {
			t.Errorf("%v, %v", on, err)
		}
	})
}

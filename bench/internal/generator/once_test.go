package generator_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/generator"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// rawServer answers connections as its function says, below what net/http serves.
type rawServer struct {
	net.Listener
	requests, dropped, connections atomic.Int64
}

func startRaw(t *testing.T, serve func(s *rawServer, c net.Conn)) *rawServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{Listener: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.connections.Add(1)
			go func() { defer c.Close(); serve(s, c) }()
		}
	}()
	t.Cleanup(func() { l.Close() })
	return s
}

func (s *rawServer) url() string { return "http://" + s.Addr().String() }

// read takes a request whole and counts it.
func (s *rawServer) read(r *bufio.Reader) (*http.Request, bool) {
	request, err := http.ReadRequest(r)
	if err != nil {
		return nil, false
	}
	_, err = io.Copy(io.Discard, request.Body)
	s.requests.Add(1)
	return request, err == nil
}

// dropEverySecond reads every second request of a connection and closes it
// without an answer: the request was worked on, and its answer is lost.
func dropEverySecond(s *rawServer, c net.Conn) {
	r := bufio.NewReader(c)
	for {
		request, ok := s.read(r)
		if !ok {
			return
		}
		body := "ok"
		if request.Method == http.MethodHead {
			body = ""
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"+body)
		if _, ok := s.read(r); ok {
			s.dropped.Add(1)
			return
		}
	}
}

// TestDriveSendsNoRequestTwice, whatever its method and headers say of it: the
// service would do the work twice, and its loss would look like success.
func TestDriveSendsNoRequestTwice(t *testing.T) {
	const hits = 300
	tests := []struct {
		method, header string
	}{
		{"GET", ""}, {"HEAD", ""}, {"OPTIONS", ""}, {"TRACE", ""}, {"POST", ""}, {"PUT", ""}, {"DELETE", ""},
		{"POST", "Idempotency-Key"}, {"POST", "X-Idempotency-Key"}, {"PATCH", "X-Idempotency-Key"},
	}
	for _, tt := range tests {
		for _, body := range []string{"", "body"} {
			t.Run(strings.Join([]string{tt.method, tt.header, body}, "/"), func(t *testing.T) {
				s := startRaw(t, dropEverySecond)
				target := load.Target{Method: tt.method, Path: "/", Body: body, Timeout: 10 * time.Second}
				if tt.header != "" {
					target.Headers = map[string]string{tt.header: "7"}
				}
				a := scenario.Attack{
					Targets: []load.Target{target}, Workers: 1, KeepAlive: time.Minute,
					Phases: []load.Phase{{Name: "only", Rate: hits * 1000, For: time.Millisecond}},
				}
				var failed int64
				_, err := generator.Drive(t.Context(), s.url(), a, func(h metric.Hit) error {
					if !h.OK() {
						failed++
					}
					return nil
				})
				// A connection that is given up after one answer shifts the pairs: then a
				// few fewer are dropped, and none is sent again for that.
				dropped := s.dropped.Load()
				if err != nil || s.requests.Load() != hits || dropped < hits/3 || dropped > hits/2 || failed != dropped {
					t.Errorf("of %d requests the server saw %d and dropped %d, %d failed, error %v", hits, s.requests.Load(), s.dropped.Load(), failed, err)
				}
			})
		}
	}
}

// TestDriveFollowsNoRedirect: what follows would be a request more.
func TestDriveFollowsNoRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var seen atomic.Int64
		hits, _ := drive(t, func(w http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			http.Redirect(w, r, "/elsewhere", status)
		}, attack(1000, 10*time.Millisecond, 1))
		if len(hits) != 10 || seen.Load() != 10 || hits[0].Status != status || hits[0].Error != "" {
			t.Errorf("%d hits made %d requests, the first %+v", len(hits), seen.Load(), hits[0])
		}
	}
}

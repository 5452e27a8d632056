package gateway

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"testing"
	"time"
)

// surface is every status that a client can bring about: the service's own, and those that net/http answers by itself.
var surface = []int{200, 400, 401, 404, 405, 408, 409, 413, 417, 431, 499, 501, 505}

// FuzzSurface sends a worker a head and a body, whatever they are, over a real connection. What comes back is HTTP, no request
// brings about a failure, and the worker serves on.
func FuzzSurface(f *testing.F) {
	w := newWorld(f, ClientPooled)
	w.service.bodyLimit = deadline
	address := w.listens().String()
	const auth = "Host: h\r\nAuthorization: Bearer key-1\r\n"
	for _, seed := range []struct{ head, body string }{
		{"POST /v1/chat HTTP/1.1\r\n" + auth, `{"model":"gpt-4","prompt":"refund"}`},
		{"POST /v1/chat HTTP/1.1\r\n" + auth + "X-Request-Id: one\r\n", `{"model":"gpt-4","prompt":"\u0000\ud800","max_tokens":4096}`},
		{"POST /v1/chat HTTP/1.1\r\n" + auth + "Expect: 100-continue\r\n", `{}`},
		{"POST /v1/chat HTTP/1.1\r\n" + auth + "Transfer-Encoding: chunked\r\n", "5\r\n{\"mod\r\n0\r\n\r\n"},
		{"GET /v1/usage HTTP/1.0\r\n" + auth, ""}, {"HEAD /metrics HTTP/1.1\r\nHost: h\r\n", ""},
		{"OPTIONS * HTTP/1.1\r\nHost: h\r\n", ""}, {"GET /healthz/ready HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n", "x"},
		{"GET //v1/%2e%2e/chat?a=\xff HTTP/1.1\r\nHost: h\r\n", ""}, {"CONNECT h:1 HTTP/1.1\r\nHost: h\r\n", ""}, {"PRI * HTTP/2.0\r\n", "SM\r\n\r\n"}, {"", ""},
	} {
		f.Add(seed.head, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, head string, body []byte) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("the worker serves no more: %v", err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "%sConnection: close\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body); err != nil {
			return // it was refused before all of it was sent
		}
		for answers := bufio.NewReader(c); ; {
			if got := next(t, c, answers); got == 0 {
				return
			} else if got/100 != 1 && !slices.Contains(surface, got) {
				t.Errorf("%q %q is answered with %d", head, body, got)
			}
		}
	})
}

// next is the status of the connection's next answer, 0 where none comes: half a request waits for its other half, so the
// client hangs up after a while.
func next(t *testing.T, c net.Conn, answers *bufio.Reader) int {
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := answers.Peek(1); err != nil {
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0
		}
		_ = c.(*net.TCPConn).CloseWrite() // the worker may have been faster
	}
	if err := c.SetReadDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	if _, err := answers.Peek(1); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("the worker keeps a connection that its client has ended")
		}
		return 0
	}
	resp, err := http.ReadResponse(answers, &http.Request{Method: http.MethodGet})
	if err != nil {
		t.Fatalf("what came back is no HTTP: %v", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // an answer to HEAD has none
		t.Fatalf("the answer's body: %v", err)
	}
	return resp.StatusCode
}

func FuzzEnvironment(f *testing.F) {
	names := append(slices.Clone(settable), "DATABASE_URL", "AI_CA_PEM", "GATEWAY_PPROF", "GATEWAY_PRELOAD", "GOMAXPROCS")
	for i, seed := range []string{"3", "[::]:8000", "https://upstream:8443", "size=5,ping=true", "true", "false", "postgres://u:p@db/x?sslmode=disable",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "6060", "T", "2"} {
		f.Add(uint8(i), seed)
	}
	f.Fuzz(func(t *testing.T, which uint8, value string) {
		name := names[int(which)%len(names)]
		vars := map[string]string{"DATABASE_URL": "postgres://db/gateway", "AI_URL": "https://upstream:8443"}
		vars[name] = value
		env, err := readEnvironment(lookupIn(vars))
		if err != nil {
			var wrong variableError
			if !errors.As(err, &wrong) || wrong.name != name {
				t.Errorf("%s=%q gives %v, which doesn't name it", name, value, err)
			}
			return
		}
		if _, _, err := net.SplitHostPort(env.bind); err != nil || env.workers < 0 || env.workers > maxWorkers ||
			env.pprofPort < 0 || env.pprofPort > math.MaxUint16 || env.upstream.Scheme != "https" || env.upstream.Host == "" {
			t.Errorf("%s=%q is read as %+v", name, value, env)
		}
		if _, err := url.Parse(env.upstream.JoinPath("v1/chat/completions").String()); err != nil {
			t.Errorf("%s=%q gives an endpoint that is none: %v", name, value, err)
		}
	})
}

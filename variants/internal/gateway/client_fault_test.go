package gateway

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestBodyThatNobodyReadsIsNotWaitedForWithoutEnd: net/http reads what a handler leaves of a body before it answers, so a
// client that announces one and never sends it would hold its connection for ever.
func TestBodyThatNobodyReadsIsNotWaitedForWithoutEnd(t *testing.T) {
	w := newWorld(t, ClientPooled)
	w.service.bodyLimit = 100 * time.Millisecond
	for request, want := range map[string]int{
		"POST /v1/chat": 401, "GET /healthz": 200, "GET /metrics": 200, "POST /nowhere": 404, "PUT /v1/chat": 405,
	} {
		for _, body := range []string{"Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"} {
			c := dial(t, w.listens())
			if _, err := fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: h\r\n%s", request, body); err != nil {
				t.Fatal(err)
			}
			if got := c.receive(t); got.status != want {
				t.Errorf("%s with half a body: got %d, want %d", request, got.status, want)
			}
		}
	}
}

// TestClientThatTakesNoAnswerIsCutOff: it asks on and on and reads nothing.
func TestClientThatTakesNoAnswerIsCutOff(t *testing.T) {
	w := newWorld(t, ClientPooled)
	w.service.patience = 100 * time.Millisecond
	c := dial(t, w.listens())
	if err := c.Conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n", 1000)
	for {
		if _, err := io.WriteString(c, many); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection is still open")
			}
			return
		}
	}
}

// listens is the address of the worker's server.
func (w *world) listens() net.Addr {
	w.Helper()
	address, err := net.ResolveTCPAddr("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.Fatal(err)
	}
	return address
}

// TestHead: whatever answers GET answers HEAD (RFC 9110, 9.1), which load balancers ask with.
func TestHead(t *testing.T) {
	w := newWorld(t, ClientPooled)
	key := map[string]string{"Authorization": "Bearer key-1"}
	for _, path := range []string{"/healthz", "/healthz/ready", "/variantz", "/metrics", "/v1/usage"} {
		if got := w.do(http.MethodHead, w.url+path, "", key); got.status != http.StatusOK || got.body != "" {
			t.Errorf("HEAD %s: %+v, want 200 and no body", path, got)
		}
	}
	if got := w.do(http.MethodHead, w.url+"/v1/chat", "", key); got.status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD of what has no GET: %+v, want 405", got)
	}
}

package delayproxy

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, to string, delay time.Duration) *Relay {
	t.Helper()
	r, err := Listen(to, delay)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// TestRelayHoldsAnswersBack: each of many requests on one connection takes the
// delay longer, and an answer of many packets takes it once.
func TestRelayHoldsAnswersBack(t *testing.T) {
	const delay = 30 * time.Millisecond
	body := bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // 1 MiB
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }))
	defer server.Close()
	r := open(t, server.Listener.Addr().String(), delay)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	ask := func(address string) time.Duration {
		began := time.Now()
		res, err := client.Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("%d bytes came through, %v; want the server's %d", len(got), err, len(body))
		}
		return time.Since(began)
	}
	shortest, direct := time.Hour, time.Duration(0)
	for range 5 { // in turns: the machine may be busy
		shortest = min(shortest, ask(r.Addr()))
		direct = max(direct, ask(server.Listener.Addr().String()))
	}
	if shortest < delay {
		t.Errorf("an answer came after %v, the delay is %v", shortest, delay)
	}
	if shortest > delay*3+direct*5 {
		t.Errorf("the fastest of 5 answers took %v, without the relay up to %v: the delay of %v is paid more than once", shortest, direct, delay)
	}
}

// TestRelayPassesTheEndOn in both directions, and loses nothing before it.
func TestRelayPassesTheEndOn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			heard <- err.Error()
			return
		}
		defer c.Close()
		text, _ := io.ReadAll(c) // until the client has closed its side
		_, _ = io.WriteString(c, "bye")
		heard <- string(text)
	}()
	c, err := net.Dial("tcp", open(t, l.Addr().String(), time.Millisecond).Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil || string(answer) != "bye" || <-heard != "hello" {
		t.Errorf("answer %q, %v", answer, err)
	}
}

// TestRelayLeavesNothing: Close ends connections that are in use.
func TestRelayLeavesNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r, err := Listen(l.Addr().String(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	served, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer served.Close()
	if _, err := io.WriteString(served, "held back for an hour"); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the client's connection is still open")
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if strings.Contains(string(stacks), "delayproxy.(*Relay)") {
		t.Errorf("a goroutine is left:\n%s", stacks)
	}
}

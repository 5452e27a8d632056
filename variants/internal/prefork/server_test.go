package prefork

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

func TestIdleConnectionsMove(t *testing.T) {
	st := newStall(t)
	a := st.start(t, "a", idly)
	used, unused := dial(t, st.addr), dial(t, st.addr)
	used.ask("a")
	used.ask("a")
	eventually(t, "both connections accepted", func() bool { return len(a.open()) == 2 })
	part(t, a.drain)
	b := st.start(t, "b", idly)
	used.ask("b")
	unused.ask("b")
	part(t, b.drain)
	st.start(t, "c", idly)
	used.ask("c")
	unused.ask("c")
}

func TestRequestUnderWayIsAnsweredThenItsConnectionMoves(t *testing.T) {
	st := newStall(t)
	arrived, release := make(chan bool), make(chan bool)
	a := st.start(t, "a", func(*http.Request) { arrived <- true; <-release })
	c := dial(t, st.addr)
	c.send(ping)
	<-arrived
	drained := make(chan bool)
	go func() { defer close(drained); part(t, a.drain) }()
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
	second := ping
	var clients []*client
	for split := range len(second) + 1 {
		c := dial(t, st.addr)
		c.send(first + second[:split])
		clients = append(clients, c)
	}
	eventually(t, "all first requests", func() bool { return arrived.Load() == int64(len(clients)) })
	st.start(t, "b", idly)
	drained := make(chan bool)
	go func() { defer close(drained); part(t, a.drain) }()
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
		part(t, current.drain)
		current = next
	}
	cancel()
	running.Wait()
	if asked.Load() != answered.Load() {
		t.Errorf("%d requests were answered, handlers ran %d times", asked.Load(), answered.Load())
	}
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
	go func() { defer close(stopped); part(t, a.stop) }()
	eventually(t, "the stop", a.closing.Load)
	returning.send(ping)
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
	c.send(ping)
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

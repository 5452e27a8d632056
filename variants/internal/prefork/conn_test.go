package prefork

import (
	"net"
	"slices"
	"testing"
	"time"
)

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

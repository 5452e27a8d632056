package prefork

import (
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A connection is roused to leave, and in the same moment the beginning of a
// request arrives: the rest must not find the deadline that roused it.
func TestRousedConnectionWithARequestWaitsForItsEnd(t *testing.T) {
	c, far := pair(t)
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
	whole := ping
	var clients []*client
	for split := 1; split < len(whole); split++ {
		c := dial(t, st.addr)
		c.send(whole[:split])
		clients = append(clients, c)
	}
	eventually(t, "all beginnings read", func() bool {
		return len(a.open()) == len(clients) &&
			!slices.ContainsFunc(clients, func(c *client) bool { return queued(t, c.Conn.(*net.TCPConn), unix.TIOCOUTQ) > 0 }) &&
			!slices.ContainsFunc(a.open(), func(c *conn) bool { return queued(t, c.TCPConn, unix.TIOCINQ) > 0 })
	})
	st.start(t, "b", idly)
	drained := make(chan bool)
	go func() { defer close(drained); part(t, a.drain) }()
	eventually(t, "the drain", a.evicting.Load)
	for i, c := range clients {
		c.send(whole[i+1:])
		if got, _ := c.answer(); got != "a ping" {
			t.Errorf("split at %d: answer %q", i+1, got)
		}
	}
	<-drained
}

// queued is the bytes in one of a socket's queues, see tcp(7): SIOCOUTQ, those that
// have not arrived, or SIOCINQ, those that have and were not read.
func queued(t *testing.T, c *net.TCPConn, queue uint) int {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var queueErr error
	if err := errors.Join(raw.Control(func(fd uintptr) {
		n, queueErr = unix.IoctlGetInt(int(fd), queue)
	}), queueErr); err != nil {
		t.Fatal(err)
	}
	return n
}

// A line of the header has been read and parsed, so the server's buffer is empty
// again; the request is under way all the same.
func TestEmptyBufferWithinARequestIsNoRest(t *testing.T) {
	c, far := pair(t)
	c.settle()
	if err := c.SetReadDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	for i, line := range []string{"POST / HTTP/1.1\r\n", "Host: h\r\n"} {
		c.server.evicting.Store(i > 0)
		far.send(line)
		if n, err := c.Read(buf); err != nil || string(buf[:n]) != line {
			t.Errorf("read %q, %v, want %q", buf[:n], err, line)
		}
	}
}

// pair is a connection as a worker has it and its client.
func pair(t *testing.T) (*conn, *client) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	far := dial(t, l.Addr().String())
	near := must(t)(l.Accept())
	t.Cleanup(func() { near.Close() })
	return &conn{TCPConn: near.(*net.TCPConn), server: &server{}}, far
}

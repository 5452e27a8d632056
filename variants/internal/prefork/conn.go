package prefork

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// conn is a connection that can leave the process when it is at rest: no
// request is under way and no byte of the next one has been read, so that all
// its state is in the kernel.
//
// Subtleness ahead! [http.Server] reads through a buffer that nobody else can
// see. A connection that it calls idle may have the beginning of the next
// request in that buffer, from a client that pipelines. To hand such a
// connection over would lose those bytes. Two observations tell:
//
//   - Before it waits for a request, and not again before it has one, the
//     server sets the read deadline, once. A second deadline without a read in
//     between means that it found a request in its buffer.
//   - It reads into the free part of its buffer. A read as large as the
//     connection's first means that the buffer is empty.
//
// Were either to change in a later Go, connections would not be at rest and
// drain would wait for their clients; TestIdleConnectionsMove would fail.
type conn struct {
	*net.TCPConn
	server *server

	mu      sync.Mutex
	settled bool // the server waits for a request, as far as we know
	armed   bool // and has set the read deadline for it
	buffer  int  // bytes of the server's read buffer, 0 before the first read
	waiting bool // in a read that is the rest
	roused  bool // that read was ended early
	parting bool // the server was told that the connection timed out
}

// settle begins a rest: the connection is new, or its last request is answered.
func (c *conn) settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled, c.armed = true, false
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled = c.settled && !c.armed
	c.armed = true
	return c.TCPConn.SetReadDeadline(t)
}

func (c *conn) Read(p []byte) (int, error) {
	if c.goes(len(p)) {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := c.TCPConn.Read(p)
	return n, c.awake(n, err)
}

// goes begins a read into room bytes. It reports whether there is nothing to
// wait for because the connection is at rest and is to leave.
func (c *conn) goes(room int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.buffer == 0 {
		c.buffer = room
	}
	c.waiting = c.settled && room == c.buffer
	c.parting = c.waiting && c.server.evicting.Load()
	return c.parting
}

// awake ends a read. One that ended without a byte leaves what arrives later in
// the kernel.
func (c *conn) awake(n int, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	roused := c.roused
	c.waiting, c.roused = false, false
	if n == 0 {
		c.parting = roused && errors.Is(err, os.ErrDeadlineExceeded)
		return err
	}
	c.settled = false
	if roused { // the request was faster
		return c.TCPConn.SetReadDeadline(time.Now().Add(headerTimeout))
	}
	return err
}

// rouse ends the wait of a connection at rest, so that it can leave. One that
// is not at rest leaves with its next read.
func (c *conn) rouse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting {
		c.roused = true
		_ = c.TCPConn.SetReadDeadline(time.Unix(1, 0)) // fails only where the connection is closed already
	}
}

// Close parts with the connection: to another worker where it is at rest and
// the worker drains.
func (c *conn) Close() error {
	c.mu.Lock()
	give := c.parting && c.server.giving.Load()
	c.parting = false
	c.mu.Unlock()
	if give {
		if err := c.server.outbox.send(c.TCPConn); err != nil {
			c.server.log.Warn("Connection was not handed over", "error", err)
		}
	}
	return c.TCPConn.Close()
}

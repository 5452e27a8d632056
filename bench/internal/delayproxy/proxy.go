// Package delayproxy stands between a client and a server and holds back what the
// server says for a known time: a delay that is added from outside, so that any
// service can be given it.
//
// The delay is of every byte from the server, so a response's time grows by it
// once, however many packets it has. What the client says goes through at once.
package delayproxy

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Relay is a listener on the loopback address whose connections lead to one
// server.
type Relay struct {
	listener net.Listener
	to       string
	delay    time.Duration

	done  chan struct{} // closed by Close
	mu    sync.Mutex
	conns map[net.Conn]struct{}
	wait  sync.WaitGroup
}

// Listen starts a relay to host:port.
func Listen(to string, delay time.Duration) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("relay to %s: %w", to, err)
	}
	r := &Relay{listener: l, to: to, delay: delay, done: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	r.wait.Go(r.accept)
	return r, nil
}

// Addr is host:port to connect to.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// Close ends all connections and waits until nothing of the relay is left. It
// is called once.
func (r *Relay) Close() error {
	r.mu.Lock()
	close(r.done)
	for c := range r.conns {
		c.Close() // whoever reads or writes it sees the error
	}
	r.mu.Unlock()
	err := r.listener.Close()
	r.wait.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (r *Relay) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		r.wait.Go(func() { r.connect(c) })
	}
}

// connect carries one connection. A client whose server can't be reached is
// closed, which is what it would have seen without a relay, nearly.
func (r *Relay) connect(client net.Conn) {
	defer client.Close()
	server, err := net.DialTimeout("tcp", r.to, 5*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	if !r.enter(client, server) {
		return
	}
	defer r.leave(client, server)
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(server, client) // however it ends, the server is told that nothing more comes
		_ = server.(*net.TCPConn).CloseWrite()
	})
	both.Go(func() {
		r.holdBack(client, server)
		_ = client.(*net.TCPConn).CloseWrite()
	})
	both.Wait()
}

func (r *Relay) enter(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		r.conns[c] = struct{}{}
	}
	select {
	case <-r.done:
		return false
	default:
		return true
	}
}

func (r *Relay) leave(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		delete(r.conns, c)
	}
}

// chunk is what the server said at once, and when it may be passed on.
type chunk struct {
	data []byte
	due  time.Time
}

// holdBack passes on what the server says, each byte delay after it came.
func (r *Relay) holdBack(client io.Writer, server io.Reader) {
	held := make(chan chunk, 1024) // more than come within any delay that a spike has
	go func() {
		defer close(held)
		for {
			data := make([]byte, 16<<10)
			n, err := server.Read(data)
			if n > 0 {
				held <- chunk{data[:n], time.Now().Add(r.delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	var failed bool
	for c := range held { // to the end, or the reader would wait for ever
		select {
		case <-time.After(time.Until(c.due)):
		case <-r.done:
		}
		if !failed {
			_, err := client.Write(c.data)
			failed = err != nil
		}
	}
}

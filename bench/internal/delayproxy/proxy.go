// Package delayproxy is a TCP proxy that delays what a server sends by a fixed time.
// It injects a known delay from outside, so any service can be given one.
//
// Every byte from the server is delayed, so the time of a response grows once,
// however many packets it has. What the client sends passes at once.
package delayproxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Relay listens on the loopback address and forwards connections to one server.
type Relay struct {
	listener net.Listener
	to       string
	delay    time.Duration
	ctx      context.Context // ends with Close
	stop     context.CancelFunc
	wait     sync.WaitGroup
}

// Listen starts a relay to host:port.
func Listen(to string, delay time.Duration) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("relay to %s: %w", to, err)
	}
	r := &Relay{listener: l, to: to, delay: delay}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.wait.Go(r.accept)
	return r, nil
}

// Addr is host:port to connect to.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// Close ends all connections and waits for the relay's goroutines. Call it once.
func (r *Relay) Close() error {
	r.stop()
	err := r.listener.Close()
	r.wait.Wait()
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

// connect forwards one connection. It closes a client whose server can't be reached.
func (r *Relay) connect(client net.Conn) {
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(r.ctx, "tcp", r.to)
	if err != nil {
		client.Close()
		return
	}
	ctx, end := context.WithCancel(r.ctx)
	defer end()
	r.wait.Go(func() {
		<-ctx.Done() // Close ends reads and writes in progress
		client.Close()
		server.Close()
	})
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(server, client) // an error ends the connection as EOF does
		_ = server.(*net.TCPConn).CloseWrite()
	})
	both.Go(func() {
		r.forwardDelayed(client, server)
		_ = client.(*net.TCPConn).CloseWrite()
	})
	both.Wait()
}

// chunk is the data of one read from the server, and when to forward it.
type chunk struct {
	data []byte
	due  time.Time
}

// forwardDelayed forwards each byte from the server after the delay.
func (r *Relay) forwardDelayed(client io.Writer, server io.Reader) {
	delayed := make(chan chunk, 1024) // more than arrive within any injected delay
	r.wait.Go(func() {
		defer close(delayed)
		for {
			data := make([]byte, 16<<10)
			n, err := server.Read(data)
			if n > 0 {
				delayed <- chunk{data[:n], time.Now().Add(r.delay)}
			}
			if err != nil {
				return
			}
		}
	})
	var failed error
	for c := range delayed { // to the end, or the reader would block
		select {
		case <-time.After(time.Until(c.due)):
		case <-r.ctx.Done():
			failed = r.ctx.Err()
		}
		if failed == nil {
			_, failed = client.Write(c.data)
		}
	}
}

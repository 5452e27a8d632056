package prefork

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// idleTimeout is how long a connection may wait for its next request, and
	// headerTimeout for its first, or for the rest of a header: nginx's
	// keepalive_timeout. The first two are the same because clients dial ahead:
	// an unused connection is as idle as a used one, and to close it races with
	// a client that is just sending.
	idleTimeout   = 75 * time.Second
	headerTimeout = idleTimeout

	maxHeaderBytes = 64 << 10

	// linger is how long a stopping worker still answers on idle connections
	// before it closes them. A client that is busy comes back within it and is
	// told to close; one that is not would hold the stop up for as long as it
	// likes.
	linger = time.Second
)

// server is the HTTP server of a worker. Unlike [http.Server] alone it can stop
// accepting without closing idle connections, and part with each of them at the
// one moment when nothing is lost.
type server struct {
	http    http.Server
	sources []net.Listener // the listening socket and the inbox
	outbox  *outbox
	log     *slog.Logger
	serving sync.WaitGroup // one for each source
	failed  chan error     // a source failed while the server served

	closing  atomic.Bool // answers say Connection: close, and no connection is accepted
	evicting atomic.Bool // connections leave as soon as they are at rest
	giving   atomic.Bool // and go to another worker

	mu    sync.Mutex
	conns map[*conn]struct{}
	empty chan struct{} // closed when the last connection goes; nil while no one waits
}

func newServer(listener, inbox net.Listener, out *outbox, log *slog.Logger) *server {
	s := &server{
		sources: []net.Listener{listener, inbox},
		outbox:  out,
		log:     log,
		failed:  make(chan error, 2),
		conns:   map[*conn]struct{}{},
	}
	s.http = http.Server{
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnState:         s.track,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		Protocols:         new(http.Protocols),
	}
	s.http.Protocols.SetHTTP1(true)
	return s
}

// serve answers requests in the background until drain or stop.
func (s *server) serve(handler http.Handler) {
	s.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.closing.Load() {
			w.Header().Set("Connection", "close")
		}
		handler.ServeHTTP(w, r)
	})
	for _, source := range s.sources {
		s.serving.Go(func() {
			err := s.http.Serve(accepting{source, s})
			if !s.closing.Load() {
				s.failed <- err
			}
		})
	}
}

// drain leaves the service to the other workers: it hands over every connection
// as soon as that is at rest. It returns when none is left or ctx ends, with the
// number of those cut off.
func (s *server) drain(ctx context.Context) (cut int) {
	s.retire()
	s.giving.Store(true)
	s.evict()
	return s.finish(ctx)
}

// stop ends the service: there is no one to hand a connection to. It returns as
// drain does.
func (s *server) stop(ctx context.Context) (cut int) {
	s.retire()
	soon, cancel := context.WithTimeout(ctx, linger)
	defer cancel()
	s.wait(soon)
	s.evict()
	return s.finish(ctx)
}

// retire accepts no more. When it returns, the set of connections only shrinks:
// Serve enters each connection that it has accepted before it returns.
func (s *server) retire() {
	s.closing.Store(true)
	for _, source := range s.sources {
		if err := source.Close(); err != nil {
			s.log.Error("Listener could not be closed", "error", err)
		}
	}
	s.serving.Wait()
}

func (s *server) evict() {
	s.evicting.Store(true)
	for _, c := range s.open() {
		c.rouse()
	}
}

// finish waits for the last connection, and cuts off what is left.
func (s *server) finish(ctx context.Context) (cut int) {
	s.wait(ctx)
	cut = len(s.open())
	if err := s.http.Close(); err != nil {
		s.log.Error("Server could not be closed", "error", err)
	}
	return cut
}

// wait returns when no connection is left or ctx ends.
func (s *server) wait(ctx context.Context) {
	s.mu.Lock()
	empty := make(chan struct{})
	if len(s.conns) == 0 {
		close(empty)
	} else {
		s.empty = empty
	}
	s.mu.Unlock()
	select {
	case <-empty:
	case <-ctx.Done():
	}
}

func (s *server) open() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		open = append(open, c)
	}
	return open
}

// track follows the life of each connection, see [http.ConnState].
func (s *server) track(nc net.Conn, state http.ConnState) {
	c := nc.(*conn)
	switch state {
	case http.StateNew:
		s.mu.Lock()
		s.conns[c] = struct{}{}
		s.mu.Unlock()
		c.settle()
	case http.StateIdle:
		c.settle()
	case http.StateClosed, http.StateHijacked:
		s.remove(c)
	}
}

func (s *server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if len(s.conns) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// accepting makes every accepted connection one of the server's.
type accepting struct {
	net.Listener
	server *server
}

func (a accepting) Accept() (net.Conn, error) {
	c, err := a.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{TCPConn: c.(*net.TCPConn), server: a.server}, nil
}

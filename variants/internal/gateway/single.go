package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/memproof/memproof/variants/internal/prefork"
)

const (
	// clientPatience is how long a connection may wait for its next request, as with the prefork server.
	clientPatience = 75 * time.Second
	maxHeader      = 64 << 10 // bytes, as with the prefork server
	// linger is how long a stopping process still answers, with Connection: close, before it closes idle connections: a
	// client that is just sending would lose its request.
	linger = time.Second
)

// Single runs the service as one process without master or workers: one copy of everything, the scheduler and one pooled AI
// client inside. A goroutine is to Go what a worker is to gunicorn, so this is the floor that the other builds stand on. It
// returns the exit status: 0 after TERM or INT, 2 where the environment is wrong, 1 where the service fails.
//
// The catalogue lies where the preloaded one does. It is most of what lives, and on the heap the collector would wait for as
// much garbage again before it looks for any.
//
// The environment is Main's, but for what is about workers or their replacement: GUNICORN_WORKERS, GATEWAY_EXIT_MEMORY,
// GATEWAY_PRELOAD and GATEWAY_CONFIG are refused. Nothing recycles the process.
func Single() int {
	p, err := newSingle(os.LookupEnv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	if _, builder := os.LookupEnv(builderMark); builder {
		return p.build()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := p.runSingle(ctx); err != nil && ctx.Err() == nil { // what fails because it was told to stop has not failed
		p.log.Error("The service failed", "error", err)
		return exitFailed
	}
	return 0
}

func newSingle(lookup func(string) (string, bool)) (program, error) {
	for _, name := range []string{"GUNICORN_WORKERS", "GATEWAY_EXIT_MEMORY", "GATEWAY_PRELOAD", configVariable} {
		if value, _ := lookup(name); value != "" {
			return program{}, fmt.Errorf("%s: this build has no workers", name)
		}
	}
	p, err := newProgram(lookup)
	p.config = Config{AIClient: ClientPooled}
	return p, err
}

// runSingle serves until ctx ends.
func (p program) runSingle(ctx context.Context) error {
	if p.env.gcTrace {
		if err := restartWithGCTrace(); err != nil {
			return err
		}
	}
	file, err := p.preload(ctx)
	if err != nil {
		return err
	}
	defer file.Close()
	listener, err := net.Listen("tcp", p.env.bind)
	if err != nil {
		return fmt.Errorf("open the listening socket: %w", err)
	}
	alone := func() prefork.Status { return prefork.Status{Target: 1, Ready: 1, Spawned: 1, Tasks: 1} }
	alive, drained := context.WithCancel(context.WithoutCancel(ctx)) // requests under way need the service for longer than ctx
	defer drained()
	s, err := newService(alive, p, 1, alone)
	if err != nil {
		return err
	}
	s.variant = p.singleVariant()
	serveProfiles(p.env.pprofPort, 0, p.log)
	p.log.Info("Starting usage tracking scheduler (single process)")
	go keepTracking(alive, p.env.database, p.log)
	p.log.Info("Listening at: http://"+listener.Addr().String(), "seconds", s.boot.Seconds())
	return serveUntil(ctx, listener, s.handler(), p.log)
}

func (p program) singleVariant() variant {
	v := p.variant()
	v.Workers, v.WorkerCount, v.Recycling, v.Scheduler = "1", strconv.Itoa(1), "never", "in-process"
	return v
}

// serveUntil answers requests until ctx ends, then those under way for at most workerTimeout.
func serveUntil(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	var closing atomic.Bool
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if closing.Load() {
				w.Header().Set("Connection", "close")
			}
			handler.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: clientPatience, IdleTimeout: clientPatience, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("Shutting down")
	closing.Store(true)
	time.Sleep(linger)
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), workerTimeout)
	defer cancel()
	if err := server.Shutdown(limited); err != nil {
		log.Warn("Connections were cut off", "after", workerTimeout, "error", errors.Join(err, server.Close()))
	}
	return nil
}

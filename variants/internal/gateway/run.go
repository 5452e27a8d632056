package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/memproof/memproof/variants/internal/prefork"
)

const (
	exitFailed = 1
	exitUsage  = 2

	// recyclingJitter spreads the workers' limits over 10% above the set ones, so that they don't reach them together.
	recyclingJitter = 0.1
	workerTimeout   = 30 * time.Second // gunicorn's timeout and graceful_timeout
)

// program is one start of the service: its configuration and environment, checked.
type program struct {
	config Config
	env    environment
	cpus   int
	log    *slog.Logger
}

// Main runs the service as config and the environment say and returns its exit status: 2 where either is wrong, with a
// message that names what, otherwise prefork.Run's. The environment:
//
//	DATABASE_URL      the Postgres database that holds the gateway's tables
//	AI_URL            the AI upstream, https://HOST:PORT
//	AI_CA_PEM         PEM certificates to trust for it, beside the public authorities
//	GUNICORN_WORKERS  the number of workers, in place of the configuration's formula
//	GUNICORN_BIND     the listening address, HOST:PORT (0.0.0.0:8000)
//	GATEWAY_PPROF     a port: the master's /debug/pprof on it and worker n's n above, on the loopback address only
//	GOMAXPROCS        the CPUs, where the container's quota should not decide
//	GATEWAY_CONFIG    a settings file, see below
//
// and, each off where it is not set, the guide's further advice:
//
//	GATEWAY_POOL         database connections as SQLAlchemy's pool: size=5,overflow=10,recycle=3600s,ping=true,timeout=30s
//	GATEWAY_GC_TRACE     true: each worker logs a line for each garbage collection
//	GATEWAY_EXIT_MEMORY  true: the master logs the peak memory of each worker that has exited
//	GATEWAY_PRELOAD      true: the catalogue is built once, before the first worker, and shared by all
//
// The settings file is for what should change while the service runs, as gunicorn.conf.py is. It holds lines of NAME=VALUE,
// which win over the environment, for GUNICORN_WORKERS, GUNICORN_BIND, AI_URL, GATEWAY_POOL, GATEWAY_GC_TRACE and
// GATEWAY_EXIT_MEMORY; any other is refused. Empty lines, and those that begin with #, say nothing. It is read at the start,
// and again at each HUP: the number of workers changes, every worker is replaced by one with the new settings, and only
// GUNICORN_BIND stays as it was, with a warning. A file that is wrong is an error, with file, line and what was expected: at
// the start the exit status is 2, at a HUP the error is logged and everything stays as it was. Workers that are replaced
// between two HUPs live by what the last one took, whatever the file says by then.
func Main(config Config) int {
	o := newOrigin(config, os.Environ())
	p, opts, file, err := o.load()
	if err == nil {
		err = o.pass(file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	if _, builder := os.LookupEnv(builderMark); builder {
		return p.build()
	}
	if _, worker := os.LookupEnv(sharedMark); p.env.preload && !worker {
		file, stopped, err := p.preloadInMaster()
		if stopped {
			return 0
		}
		if err != nil {
			p.log.Error("Master failed to start", "error", err)
			return exitFailed
		}
		defer file.Close()
	}
	return prefork.Run(opts, p.app)
}

func newPrefork(config Config, lookup func(string) (string, bool)) (program, prefork.Options, error) {
	if err := config.validate(); err != nil {
		return program{}, prefork.Options{}, err
	}
	p, err := newProgram(lookup)
	if err != nil {
		return program{}, prefork.Options{}, err
	}
	p.config = config
	p.env.preload = p.env.preload || config.Preload
	opts, err := p.options()
	return p, opts, err
}

// newProgram takes the CPUs from GOMAXPROCS, which honours the container's quota where the number of processors doesn't.
func newProgram(lookup func(string) (string, bool)) (program, error) {
	env, err := readEnvironment(lookup)
	if err != nil {
		return program{}, err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	return program{env: env, cpus: runtime.GOMAXPROCS(0), log: log}, nil
}

func (p program) workers() int {
	if p.env.workers > 0 {
		return p.env.workers
	}
	return p.config.Workers.Count(p.cpus)
}

func (p program) options() (prefork.Options, error) {
	requests, lifetime, err := p.config.Recycling.limits()
	opts := prefork.Options{
		Bind: p.env.bind, Workers: p.workers(),
		MaxRequests: requests, MaxLifetime: lifetime, Jitter: recyclingJitter,
		Timeout: workerTimeout, GracefulTimeout: workerTimeout,
		Log: p.log, WhenReady: p.whenReady,
	}
	if p.env.exitMemory {
		opts.WorkerExit = p.workerExit
	}
	return opts, err
}

// workerExit is the guide's worker_exit, to the letter: its MB are 1,048,576 bytes.
func (p program) workerExit(_, pid int, peakRSS int64) {
	p.log.Info(fmt.Sprintf("Worker %d exited. Memory used: %.2f MB", pid, float64(peakRSS)/(1<<20)))
}

// whenReady runs in the master, which loads nothing of the application: the scheduler is all that it may hold.
func (p program) whenReady(ctx context.Context) (schedulers int) {
	p.log = p.log.With("pid", os.Getpid())
	serveProfiles(p.env.pprofPort, 0, p.log)
	if p.env.gcTrace {
		if err := traceGC(os.Getenv(goDebug), true); err != nil {
			p.log.Error("No GC trace", "error", err)
		}
	}
	if p.config.Scheduler != SchedulerMaster {
		return 0
	}
	p.log.Info("Starting usage tracking scheduler (master process)")
	go keepTracking(ctx, p.env.database, p.log)
	return 1
}

// app is what each worker runs.
func (p program) app(ctx context.Context, w *prefork.Worker) (http.Handler, error) {
	p.log = p.log.With("pid", os.Getpid())
	s, err := newService(ctx, p, w.ID(), w.Status)
	if err != nil {
		return nil, err
	}
	serveProfiles(p.env.pprofPort, w.ID(), p.log)
	if p.config.Scheduler == SchedulerEveryWorker {
		p.log.Info("Starting usage tracking scheduler (worker process)")
		w.Tasked()
		go keepTracking(ctx, p.env.database, p.log)
	} else {
		p.log.Info("Skipping scheduler in worker process")
	}
	return s.handler(), nil
}

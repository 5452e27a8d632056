package prefork

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Options say how many workers to run and how long each may live.
type Options struct {
	Bind    string // host:port of the listening socket, "0.0.0.0:8000"
	Workers int    // at least 1

	// A worker is replaced after MaxRequests requests, health checks included,
	// and after MaxLifetime; 0 is never. With Jitter, 0 to 1, each worker draws
	// limits of its own, uniformly from [limit, limit*(1+Jitter)], so that
	// workers that started together do not age together.
	MaxRequests int
	MaxLifetime time.Duration
	Jitter      float64

	// Timeout is how long a worker may be without a heartbeat before it gets
	// SIGABRT and, a second later, SIGKILL; 0 means 30 s. The heartbeat says
	// that the process is scheduled. It goes on while a worker boots, drains or
	// answers a long request: none of these is a reason to kill it.
	Timeout time.Duration

	// BootTimeout is how long a worker may take from its spawn until it is ready,
	// before it gets the same; 0 means 120 s. It has then failed to boot.
	BootTimeout time.Duration

	// GracefulTimeout is how long a worker that leaves may take to answer what
	// is under way; 0 means 30 s. What is left then is cut off, and a worker
	// still there a second later gets SIGKILL.
	GracefulTimeout time.Duration

	Log *slog.Logger // nil means slog.Default()

	// WhenReady runs in the master after the socket listens and before the
	// first worker is spawned (gunicorn's when_ready). It must return at once:
	// what takes time belongs in a goroutine. Its context ends when the master
	// begins to stop, so the goroutine has as long as the workers to finish.
	// It returns how many tasks it has started that run until then, for
	// [Status]. It may be nil.
	WhenReady func(ctx context.Context) (tasks int)

	// WorkerExit runs in the master after it has reaped a worker, whose number and
	// pid it gets (gunicorn's worker_exit). It runs at every exit: a recycle, the
	// end of the service, a crash, a SIGKILL; gunicorn's runs in the worker and so
	// never after a SIGKILL, nor, in version 23, at the end of the service. It must
	// return at once. It may be nil.
	//
	// peakRSS is the worker's ru_maxrss, see getrusage(2), in bytes. The kernel
	// carries that peak through execve, so it is never below what the master held
	// when it spawned the worker.
	WorkerExit func(id, pid int, peakRSS int64)

	// Reload loads the options anew. The master calls it at HUP, and waits for it.
	// It takes over the number of workers (TTIN and TTOU are forgotten), their
	// limits and the time-outs, which count for workers spawned from then on, and
	// WorkerExit, which counts for every exit from then on. The rest stays as it was at the start, Bind with a
	// warning. After an error, or options that make no sense, nothing changes and
	// no worker is replaced. Nil means that HUP replaces the workers only.
	Reload func() (Options, error)
}

const (
	defaultTimeout     = 30 * time.Second // gunicorn's timeout and graceful_timeout
	defaultBootTimeout = 120 * time.Second
)

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.GracefulTimeout == 0 {
		o.GracefulTimeout = defaultTimeout
	}
	if o.BootTimeout == 0 {
		o.BootTimeout = defaultBootTimeout
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// check names every option that makes no sense, not only the first.
func (o Options) check() error {
	var errs []error
	refuse := func(bad bool, format string, value any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, value))
		}
	}
	refuse(o.Workers < 1, "workers: %d, want at least 1", o.Workers)
	refuse(o.MaxRequests < 0, "max requests: %d, want 0 or more", o.MaxRequests)
	refuse(o.MaxLifetime < 0, "max lifetime: %s, want 0 or more", o.MaxLifetime)
	refuse(!(o.Jitter >= 0 && o.Jitter <= 1), "jitter: %v, want 0 to 1", o.Jitter)
	refuse(o.Timeout < 0, "timeout: %s, want 0 or more", o.Timeout)
	refuse(o.GracefulTimeout < 0, "graceful timeout: %s, want 0 or more", o.GracefulTimeout)
	refuse(o.BootTimeout < 0, "boot timeout: %s, want 0 or more", o.BootTimeout)
	return errors.Join(errs...)
}

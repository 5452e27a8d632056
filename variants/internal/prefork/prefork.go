package prefork

import (
	"context"
	"net/http"
	"os"
)

// App builds the application in a worker process. It runs once in a worker's
// life; an error keeps the worker from becoming ready. ctx ends when the worker
// has drained, or when it is told to leave before the App has returned. The
// process exits as soon as both the drain and the App are over, so what must
// not be lost has to be done by then.
type App func(ctx context.Context, w *Worker) (http.Handler, error)

// Exit statuses, of the master and of a worker alike: gunicorn's
// WORKER_BOOT_ERROR and APP_LOAD_ERROR (gunicorn/arbiter.py).
const (
	exitOK     = 0
	exitFailed = 1
	exitBoot   = 3
	exitApp    = 4
)

// Run is the program: the master where it is started by a person, a worker
// where a master started it. It returns the exit status, for os.Exit, and keeps
// the calling goroutine's thread to itself for good.
func Run(opts Options, app App) int {
	opts = opts.withDefaults()
	mark, isWorker := os.LookupEnv(workerMark)
	if !isWorker {
		return runMaster(opts)
	}
	t, err := readTerms(mark)
	if err != nil {
		opts.Log.Error("Worker failed to boot", "error", err)
		return exitBoot
	}
	return runWorker(t, opts.Log, app)
}

package prefork

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Worker is the worker process, as its application sees it.
type Worker struct {
	id      int
	board   *board
	control *os.File
	log     *slog.Logger

	told   context.Context // ends when the master tells the worker to leave
	obeyed context.CancelFunc
	how    message // msgDrain or msgStop; set before told ends
}

// ID is the worker's number: 1, 2, 3, … in the order of spawning, never used
// again while the master lives.
func (w *Worker) ID() int { return w.id }

// Tasked tells the master that the application runs one more task in the
// background. It counts as long as the process lives, see [Status].
func (w *Worker) Tasked() { w.say(msgTask) }

// Status is the whole service as the master last published it.
func (w *Worker) Status() Status { return w.board.read() }

func runWorker(t terms, log *slog.Logger, app App) int {
	pid := os.Getpid()
	log = log.With("pid", pid, "worker", t.ID)
	log.Info(fmt.Sprintf("Booting worker with pid: %d", pid))
	defer log.Info("Worker exiting")
	// These reach the whole process group when typed at a terminal. They are
	// meant for the master, which knows what to do.
	signal.Ignore(syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGTTIN, syscall.SIGTTOU)

	w, srv, err := enter(t.ID, log)
	if err != nil {
		log.Error("Worker failed to boot", "error", err)
		return exitBoot
	}
	go w.obey()
	go w.beat(min(time.Second, t.Timeout/3))
	go w.forwardTerm()
	return w.live(t, srv, app)
}

// enter takes over what the master passed on.
func enter(id int, log *slog.Logger) (*Worker, *server, error) {
	control, err := inherited(fdControl, "control socket")
	if err != nil {
		return nil, nil, err
	}
	page, err := inherited(fdBoard, "scoreboard")
	if err != nil {
		return nil, nil, err
	}
	board, err := mapBoard(page, unix.PROT_READ)
	if err != nil {
		return nil, nil, err
	}
	srv, err := inheritServer(log)
	if err != nil {
		return nil, nil, err
	}
	w := &Worker{id: id, board: board, control: control, log: log}
	w.told, w.obeyed = context.WithCancel(context.Background())
	return w, srv, nil
}

// live is the worker's life from the building of its application on.
func (w *Worker) live(t terms, srv *server, app App) int {
	ctx, drained := context.WithCancel(context.Background())
	defer drained()
	boot := context.AfterFunc(w.told, drained)
	handler, err := app(ctx, w)
	if toldInBoot := !boot(); toldInBoot {
		return exitOK
	}
	if err != nil {
		w.log.Error("App failed to load", "error", err)
		return exitApp
	}
	age := newAge(t, w.say)
	srv.serve(age.count(handler))
	w.say(msgReady)
	select {
	case err := <-srv.failed:
		w.log.Error("Worker cannot accept connections", "error", err)
		return exitFailed
	case <-w.told.Done():
	}
	w.part(srv, t.GracefulTimeout)
	return exitOK
}

// part serves out what the worker has begun, for at most limit.
func (w *Worker) part(srv *server, limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	w.log.Info("Worker is leaving", "how", w.how.String())
	leave := srv.drain
	if w.how == msgStop {
		leave = srv.stop
	}
	if cut := leave(ctx); cut > 0 {
		w.log.Warn("Connections were cut off", "connections", cut, "after", limit)
	}
}

// obey does what the master says. The end of the stream is the end of the
// master, and then of the worker: there is no one left who would replace it,
// stop it or count it.
func (w *Worker) obey() {
	var buf [16]byte
	for {
		n, err := w.control.Read(buf[:])
		for _, b := range buf[:n] {
			w.order(message(b))
		}
		if err != nil {
			w.log.Error("Master is gone", "error", err)
			os.Exit(exitFailed)
		}
	}
}

func (w *Worker) order(m message) {
	switch m {
	case msgDrain, msgStop:
		if w.told.Err() == nil {
			w.how = m
			w.obeyed()
		}
	case msgQuit:
		w.log.Info("Worker exiting at once")
		os.Exit(exitOK)
	default:
		w.log.Warn("Master is not understood", "message", m.String())
	}
}

// say sends the master one message. If it can't be sent the master is gone,
// which obey finds out too.
func (w *Worker) say(m message) {
	if _, err := w.control.Write([]byte{byte(m)}); err != nil {
		w.log.Debug("Master was not told", "message", m.String(), "error", err)
	}
}

func (w *Worker) beat(every time.Duration) {
	for range time.Tick(every) {
		w.say(msgBeat)
	}
}

// forwardTerm turns a SIGTERM to this worker into a request for replacement:
// who sends it wants the worker gone, not the service smaller.
func (w *Worker) forwardTerm() {
	terms := make(chan os.Signal, 1)
	signal.Notify(terms, syscall.SIGTERM)
	for range terms {
		w.say(msgAsked)
	}
}

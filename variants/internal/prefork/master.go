package prefork

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// runMaster keeps the calling goroutine on its thread for good. A worker dies
// with the thread that forked it (PR_SET_PDEATHSIG, prctl(2)): on a thread that
// the runtime may end, workers would die for no reason anyone could find.
func runMaster(opts Options) int {
	runtime.LockOSThread()
	told := listenToSignals()
	s, err := open(opts)
	if err != nil {
		opts.Log.Error("Master failed to start", "error", err)
		return exitFailed
	}
	opts.Log.Info("Listening at: http://"+s.addr.String(), "pid", os.Getpid())

	ctx, stopping := context.WithCancel(context.Background())
	defer stopping()
	tasks := 0
	if opts.WhenReady != nil {
		tasks = opts.WhenReady(ctx)
	}
	workers := &processes{shared: s.files(), running: map[int]*process{}, events: make(chan event), log: opts.Log}
	c := newCrew(opts, tasks, procs{
		spawn:   workers.spawn,
		tell:    workers.tell,
		kill:    workers.kill,
		refuse:  func() { stopping(); s.refuse(opts.Log) },
		publish: s.board.publish,
	}, time.Now)
	return lead(c, workers, told)
}

// signals are what the master is told. Those that end it have a channel of their
// own: a signal that comes when its channel is full is lost (package os/signal),
// and a master that is reloading or spawning can have fallen behind by any
// number of the others.
type signals struct{ end, others <-chan os.Signal }

func listenToSignals() signals {
	end, others := make(chan os.Signal, 16), make(chan os.Signal, 16)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	signal.Notify(others, syscall.SIGHUP, syscall.SIGTTIN, syscall.SIGTTOU)
	return signals{end, others}
}

// lead is the one goroutine that touches the crew.
func lead(c *crew, workers *processes, told signals) int {
	ticks := time.NewTicker(tickEvery)
	defer ticks.Stop()
	c.settle()
	for !c.done() {
		var retry <-chan time.Time // nil where no spawn is delayed
		if d, delayed := c.retryIn(); delayed {
			retry = time.After(d)
		}
		select {
		case sig := <-told.end:
			c.signalled(sig.(syscall.Signal))
		case sig := <-told.others:
			c.signalled(sig.(syscall.Signal))
		case e := <-workers.events:
			if e.end != nil {
				workers.forget(e.id)
				c.exited(e.id, *e.end)
			} else {
				c.heard(e.id, e.message)
			}
		case <-ticks.C:
			c.tick()
		case <-retry:
			c.settle()
		}
	}
	return c.code
}

// shared is what the master keeps open for all workers to inherit.
type shared struct {
	addr          net.Addr
	board         *board
	listener      *os.File
	page          *os.File
	inbox, outbox *os.File
}

func open(opts Options) (*shared, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("options: %w", err)
	}
	listener, addr, err := listen(opts.Bind)
	if err != nil {
		return nil, err
	}
	board, page, err := newBoard()
	if err != nil {
		return nil, err
	}
	inbox, outbox, err := socketpair(unix.SOCK_SEQPACKET, "handover")
	if err != nil {
		return nil, err
	}
	return &shared{addr: addr, board: board, listener: listener, page: page, inbox: inbox, outbox: outbox}, nil
}

// files are in the order of the fd constants.
func (s *shared) files() []*os.File {
	return []*os.File{s.listener, s.page, s.inbox, s.outbox}
}

// refuse closes the master's copy of the listening socket: when the workers
// have closed theirs, new connections are refused and not left waiting.
func (s *shared) refuse(log *slog.Logger) {
	if err := s.listener.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		log.Error("Listening socket could not be closed", "error", err)
	}
}

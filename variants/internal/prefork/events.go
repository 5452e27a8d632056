package prefork

import (
	"slices"
	"syscall"
	"time"
)

const (
	// quitLimit is how long a worker may take to exit at once.
	quitLimit = time.Second
	// youth is the life below which a worker's death delays its replacement:
	// one that dies as soon as it serves would otherwise be spawned in a loop.
	youth = time.Second
)

// heard takes a message of a worker.
func (c *crew) heard(id int, msg message) {
	m := c.find(id)
	if m == nil {
		return // its exit was seen first
	}
	m.beat = c.now()
	switch msg {
	case msgBeat:
		return
	case msgReady:
		c.becameReady(m)
	case msgRequests, msgLifetime:
		c.wear(m, msg.String(), true)
	case msgAsked:
		c.wear(m, msg.String(), false)
	case msgTask:
		m.tasks++
	default:
		c.log.Warn("Worker is not understood", "pid", m.pid, "message", msg.String())
	}
	c.settle()
}

func (c *crew) becameReady(m *member) {
	if m.state != booting {
		return // it was told to leave in the meantime
	}
	m.state, m.readyAt = ready, c.now()
	c.log.Info("Worker ready", "pid", m.pid, "worker", m.id, "seconds", m.readyAt.Sub(m.bornAt).Seconds())
}

// wear puts a worker in the queue for replacement; aged says that it is there
// because it reached a limit.
func (c *crew) wear(m *member, why string, aged bool) {
	if m.state == leaving || slices.Contains(c.worn, m) {
		return
	}
	m.aged = aged
	c.worn = append(c.worn, m)
	c.log.Info("Worker is to be replaced", "pid", m.pid, "worker", m.id, "reason", why)
}

// exited takes the end of a worker's process.
func (c *crew) exited(id int, e end) {
	m := c.find(id)
	if m == nil {
		return
	}
	c.members = slices.DeleteFunc(c.members, func(o *member) bool { return o == m })
	c.worn = slices.DeleteFunc(c.worn, func(o *member) bool { return o == m })
	c.logExit(m, e.status)
	if c.opts.WorkerExit != nil {
		c.opts.WorkerExit(m.id, m.pid, e.peakRSS)
	}
	if m.state != leaving {
		c.lost(m, e.status)
	}
	c.settle()
}

// lost is a worker that exited without having been told to.
func (c *crew) lost(m *member, status syscall.WaitStatus) {
	c.restarted++
	switch {
	case m.state == booting && status.ExitStatus() == exitApp:
		c.log.Error("App failed to load.", "pid", m.pid)
		c.bootFailed(exitApp)
	case m.state == booting:
		c.log.Error("Worker failed to boot.", "pid", m.pid)
		c.bootFailed(exitBoot)
	case c.now().Sub(m.readyAt) < youth:
		c.backoff.fail(c.now())
	}
}

func (c *crew) bootFailed(code int) {
	if c.booted {
		c.backoff.fail(c.now())
		return
	}
	c.stop(msgStop, code)
}

func (c *crew) logExit(m *member, status syscall.WaitStatus) {
	log := c.log.With("pid", m.pid, "worker", m.id)
	switch {
	case status.Signaled():
		log.Error("Worker was terminated due to signal", "signal", status.Signal().String())
	case status.ExitStatus() != exitOK:
		log.Error("Worker exited with code", "code", status.ExitStatus())
	default:
		log.Info("Worker exited")
	}
}

var signalWords = map[syscall.Signal]string{
	syscall.SIGTERM: "term",
	syscall.SIGINT:  "int",
	syscall.SIGQUIT: "quit",
	syscall.SIGHUP:  "hup",
	syscall.SIGTTIN: "ttin",
	syscall.SIGTTOU: "ttou",
}

// signalled takes a signal to the master.
func (c *crew) signalled(sig syscall.Signal) {
	c.log.Info("Handling signal: " + signalWords[sig])
	switch sig {
	case syscall.SIGTERM:
		if c.stopping == 0 {
			c.stop(msgStop, exitOK)
		}
	case syscall.SIGINT, syscall.SIGQUIT:
		c.stop(msgQuit, exitOK)
	case syscall.SIGHUP:
		c.reload()
	case syscall.SIGTTIN:
		c.target++
	case syscall.SIGTTOU:
		c.target = max(c.target-1, 1)
	}
	c.settle()
}

// tick looks for workers that are hung or overdue.
func (c *crew) tick() {
	now := c.now()
	if late := now.Sub(c.ticked); late > 2*tickEvery {
		// The master itself was stopped. Messages lie unread: what looks silent or
		// overdue is not.
		for _, m := range c.members {
			m.beat, m.deadline = now, m.deadline.Add(late)
		}
	}
	c.ticked = now
	for _, m := range c.members {
		c.watch(m, now)
	}
	c.settle()
}

func (c *crew) watch(m *member, now time.Time) {
	switch {
	case m.state == leaving && now.After(m.deadline), m.aborted:
		c.procs.kill(m.id, syscall.SIGKILL)
	case now.Sub(m.beat) > m.terms.Timeout:
		c.abort(m, "WORKER TIMEOUT")
	case m.state == booting && now.After(m.deadline):
		c.abort(m, "WORKER BOOT TIMEOUT")
	}
}

// abort ends a hung worker. SIGABRT makes a Go process write down what each of
// its goroutines hangs in.
func (c *crew) abort(m *member, why string) {
	c.log.Error(why, "pid", m.pid, "worker", m.id)
	m.aborted = true
	c.procs.kill(m.id, syscall.SIGABRT)
}

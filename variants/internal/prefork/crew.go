package prefork

import (
	"log/slog"
	"slices"
	"syscall"
	"time"
)

// tickEvery is how often the crew looks at its clocks.
const tickEvery = time.Second

// procs is what the crew does to processes. It is a struct of functions so that
// a test can fake them and pin the order of the calls.
type procs struct {
	spawn   func(t terms) (pid int, err error)
	tell    func(id int, m message)
	kill    func(id int, sig syscall.Signal)
	refuse  func() // close the master's listening socket
	publish func(Status)
}

type state int

const (
	booting state = iota
	ready
	leaving // told to go; it may be serving its last requests
)

// member is a worker as the master knows it.
type member struct {
	id, pid  int
	terms    terms
	state    state
	bornAt   time.Time
	readyAt  time.Time
	beat     time.Time // the latest sign of life
	deadline time.Time // booting: to be ready by then; leaving: to be gone by then
	aborted  bool      // SIGABRT was sent, SIGKILL is next
	aged     bool      // it is in crew.worn because it reached a limit
	tasks    int       // that it has told of
}

// crew is the master's whole state: which workers there are, which are wanted.
// It is a state machine without goroutines, locks or a clock of its own. Each
// event changes what is known, then settle compares that with what is wanted
// and acts. So no event needs to know what else is going on: a worker killed
// while its replacement boots, or TTOU in the middle of a reload, is no case of
// its own.
type crew struct {
	procs procs
	now   func() time.Time
	log   *slog.Logger
	opts  Options // as they were last loaded; a worker lives by its own terms

	members  []*member // oldest first
	worn     []*member // those to be replaced, in the order they came up for it
	target   int
	tasks    int  // of the master itself
	booted   bool // the service once stood at full strength
	stopping message
	code     int // exit status of the master
	backoff  backoff
	ticked   time.Time

	spawned, recycled, restarted int
}

func newCrew(opts Options, tasks int, p procs, now func() time.Time) *crew {
	c := &crew{
		procs: p, now: now, log: opts.Log, opts: opts,
		target: opts.Workers, tasks: tasks, ticked: now(),
	}
	c.publish() // the first worker may read it before the last is spawned
	return c
}

// done says that the master may exit with c.code.
func (c *crew) done() bool { return c.stopping != 0 && len(c.members) == 0 }

// settle brings the crew closer to what is wanted and publishes where it is.
func (c *crew) settle() {
	c.booted = c.booted || c.count(ready) >= c.target
	if c.stopping == 0 {
		c.shrink()
		c.grow()
	}
	c.publish()
}

func (c *crew) publish() {
	c.procs.publish(Status{
		Target: c.target, Ready: c.count(ready),
		Spawned: c.spawned, Recycled: c.recycled, Restarted: c.restarted,
		Tasks: c.allTasks(),
	})
}

// allTasks are the master's and those of the workers that live.
func (c *crew) allTasks() int {
	n := c.tasks
	for _, m := range c.members {
		n += m.tasks
	}
	return n
}

// shrink sends surplus workers away. A worker leaves only when as many ready
// ones as are wanted remain; a booting one serves nobody and may go at once.
func (c *crew) shrink() {
	for c.count(ready) > c.target {
		c.dismiss(c.surplus(), msgDrain)
	}
	for i := len(c.members) - 1; i >= 0 && c.staying() > c.wanted(); i-- {
		if c.members[i].state == booting {
			c.dismiss(c.members[i], msgDrain)
		}
	}
}

func (c *crew) grow() {
	for c.stopping == 0 && c.staying() < c.wanted() && !c.backoff.holds(c.now()) {
		c.spawn()
	}
}

// wanted is the number of workers that should be booting or ready: one above
// the target while there is a worn worker to be replaced. It is not while
// another one is still leaving, for that one still holds its memory.
func (c *crew) wanted() int {
	if len(c.worn) > 0 && c.count(ready) >= c.target && c.count(leaving) == 0 {
		return c.target + 1
	}
	return c.target
}

// surplus picks the ready worker that goes next: the first that is worn, else
// the oldest.
func (c *crew) surplus() *member {
	isReady := func(m *member) bool { return m.state == ready }
	if i := slices.IndexFunc(c.worn, isReady); i >= 0 {
		return c.worn[i]
	}
	return c.members[slices.IndexFunc(c.members, isReady)]
}

func (c *crew) spawn() {
	c.spawned++
	m := &member{id: c.spawned, terms: c.opts.terms(c.spawned), bornAt: c.now(), beat: c.now()}
	m.deadline = m.bornAt.Add(m.terms.BootTimeout)
	pid, err := c.procs.spawn(m.terms)
	if err != nil {
		c.log.Error("Worker could not be spawned", "worker", m.id, "error", err)
		c.bootFailed(exitBoot)
		return
	}
	m.pid = pid
	c.members = append(c.members, m)
}

// dismiss tells a worker to leave.
func (c *crew) dismiss(m *member, how message) {
	if i := slices.Index(c.worn, m); i >= 0 {
		c.worn = slices.Delete(c.worn, i, i+1)
		if m.aged && how == msgDrain {
			c.recycled++
		}
	}
	limit := m.terms.GracefulTimeout
	if how == msgQuit {
		limit = quitLimit
	}
	m.state = leaving
	m.deadline = c.now().Add(limit + tickEvery) // the worker keeps the limit itself; this is for one that doesn't
	c.procs.tell(m.id, how)
}

// stop ends the service; code is the exit status unless one is set already.
func (c *crew) stop(how message, code int) {
	if c.stopping == 0 {
		c.code = code
		c.log.Info("Shutting down: Master")
		c.procs.refuse()
		c.tasks = 0 // their context has ended
	}
	c.stopping = how
	for _, m := range c.members {
		if m.state != leaving || how == msgQuit {
			c.dismiss(m, how)
		}
	}
}

// retryIn is how long until the next spawn that the backoff delays; ok is false
// where none is delayed.
func (c *crew) retryIn() (d time.Duration, ok bool) {
	now := c.now()
	if c.stopping != 0 || !c.backoff.holds(now) || c.staying() >= c.wanted() {
		return 0, false
	}
	return c.backoff.until.Sub(now), true
}

func (c *crew) count(s state) int {
	n := 0
	for _, m := range c.members {
		if m.state == s {
			n++
		}
	}
	return n
}

func (c *crew) staying() int { return c.count(booting) + c.count(ready) }

func (c *crew) find(id int) *member {
	for _, m := range c.members {
		if m.id == id {
			return m
		}
	}
	return nil
}

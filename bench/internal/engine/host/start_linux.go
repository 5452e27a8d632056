package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// starter starts processes from one thread that lives as long as the backend. The
// kernel sends a child its Pdeathsig when the thread that forked it ends, and the thread
// of an ordinary goroutine may end at any time.
type starter struct {
	work    chan func()
	once    sync.Once
	started sync.Map // PIDs
}

func newStarter() *starter {
	s := &starter{work: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for f := range s.work {
			f()
		}
	}()
	return s
}

func (s *starter) close() { s.once.Do(func() { close(s.work) }) }

// start starts cmd, pinned to the processors of set unless that is nil.
func (s *starter) start(cmd *exec.Cmd, set *unix.CPUSet) error {
	done := make(chan error, 1)
	s.work <- func() { done <- startPinned(cmd, set) }
	err := <-done
	if err == nil {
		s.started.Store(cmd.Process.Pid, true)
	}
	return err
}

// startedAncestor reports whether the process, or an ancestor of it, was started here.
func (s *starter) startedAncestor(pid int) bool {
	if _, ok := s.started.Load(pid); ok || pid <= 1 {
		return ok
	}
	p, err := procfs.NewProc(pid)
	if err != nil {
		return false // it has ended
	}
	stat, err := p.Stat()
	return err == nil && s.startedAncestor(stat.PPID)
}

// startPinned pins the calling thread during the fork, so the child has the affinity
// from its first instruction on.
func startPinned(cmd *exec.Cmd, set *unix.CPUSet) error {
	if set == nil {
		return cmd.Start()
	}
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("sched_getaffinity: %w", err)
	}
	if err := unix.SchedSetaffinity(0, set); err != nil {
		return fmt.Errorf("sched_setaffinity: %w", err)
	}
	err := cmd.Start()
	return errors.Join(err, unix.SchedSetaffinity(0, &before))
}

// child is a program that the host engine started, with or without a keeper.
type child struct {
	cmd       *exec.Cmd   // the program, or its keeper
	program   *os.Process // below a keeper; nil if it has none
	tag       string
	signal    syscall.Signal  // that asks it to end; 0: TERM
	gone      chan struct{}   // closed when cmd has ended
	ended     chan struct{}   // closed when the program has; the same without a keeper
	outcome   backend.Outcome // after ended
	redactLog func() error
}

// process is the program's, not the keeper's.
func (c *child) process() *os.Process {
	if c.program != nil {
		return c.program
	}
	return c.cmd.Process
}

func (h *host) Start(_ context.Context, sp backend.Spec) (_ backend.Process, err error) {
	if err := h.writeFiles(sp.Name, sp.Files); err != nil {
		return nil, err
	}
	line := h.command(sp)
	cmd := exec.Command(line[0], line[1:]...)
	for key, value := range sp.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	if cmd.Dir, err = h.freshWorkDir(sp.Name); err != nil {
		return nil, err
	}
	set, err := processors(sp.Limits)
	if err != nil {
		return nil, err
	}
	c, err := h.startKept(cmd, sp, set)
	if err != nil {
		return nil, err // and no *child in the interface
	}
	c.signal = syscall.Signal(sp.Signal.Number())
	return c, nil
}

// launch starts cmd as a process without a keeper.
func (h *host) launch(cmd *exec.Cmd, name string, log string) (*child, error) {
	c, err := h.launchTagged(cmd, name, "", nil, log)
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(c.ended)
		<-c.gone
		c.outcome = outcomeOf(c.cmd.ProcessState.Sys().(syscall.WaitStatus))
	}()
	return c, nil
}

// launchTagged starts cmd with its output in a file. The process writes it itself: a
// pipe could slow it down, and would end with this process.
func (h *host) launchTagged(cmd *exec.Cmd, name, role string, set *unix.CPUSet, log string) (*child, error) {
	out, err := logfile.Append(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stderr = out
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	c := &child{cmd: cmd, tag: leftovers.Tag(h.opts.Session, name), gone: make(chan struct{}), ended: make(chan struct{})}
	c.redactLog = func() error { return logfile.RedactFile(log, h.opts.Scenario) }
	h.isolate(cmd, c.tag+role)
	if err := h.starter.start(cmd, set); err != nil {
		return nil, err
	}
	go func() {
		defer close(c.gone)
		_ = cmd.Wait() // its state holds the outcome
		h.starter.started.Delete(cmd.Process.Pid)
	}()
	return c, nil
}

// isolate gives the process a small environment, as in a container, and a process group
// of its own, without the terminal's signals. It ends with this process.
func (h *host) isolate(cmd *exec.Cmd, tag string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append([]string{name + "=" + value}, cmd.Env...) // the program's own wins
		}
	}
	cmd.Env = append(cmd.Env, leftovers.TagName+"="+tag)
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	}
	cmd.SysProcAttr.Setpgid = true
}

func outcomeOf(status syscall.WaitStatus) backend.Outcome {
	o := backend.Outcome{Code: status.ExitStatus()} // -1 after a signal
	if status.Signaled() {
		o.Signal = int(status.Signal())
	}
	return o
}

// Endpoint is on the loopback.
func (c *child) Endpoint(port int) string { return loopback(port) }

func (c *child) Done() <-chan struct{} { return c.ended }

func (c *child) End() backend.Outcome { return c.outcome }

// Stop signals only the root process, as a container's runtime does. Its keeper, or
// [leftovers.EndTagged], kills the descendants that it leaves, as the end of a PID
// namespace does.
func (c *child) Stop(ctx context.Context, grace time.Duration) (backend.Outcome, error) {
	err := c.process().Signal(cmp.Or(c.signal, syscall.SIGTERM))
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
	case <-time.After(grace):
	}
	if !backend.HasEnded(c) {
		_ = c.process().Kill() // fails if it has just ended
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leftovers.Patience)
	defer cancel()
	err = errors.Join(err, leftovers.EndTagged(ctx, c.tag))
	<-c.ended
	<-c.gone
	return c.outcome, errors.Join(err, c.redactLog())
}

// Sample starts the sampler as another process.
func (h *host) Sample(_ context.Context, p backend.Process, as backend.Sampling) (*backend.Feed, error) {
	if err := os.WriteFile(as.Log, nil, logfile.Mode); err != nil { // removes the last trial's output
		return nil, err
	}
	c := p.(*child)
	cmd := exec.Command(h.paths[backend.SamplerPackage], "-root", fmt.Sprint(c.process().Pid), "-rate", fmt.Sprint(as.Rate))
	if c.program != nil {
		cmd.Args = append(cmd.Args, "-keeper", fmt.Sprint(c.cmd.Process.Pid))
	}
	lines, stdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = stdout
	s, err := h.launch(cmd, as.Name, as.Log)
	stdout.Close()
	if err != nil {
		return nil, errors.Join(err, lines.Close())
	}
	return backend.NewFeed(lines, as.Log, func(ctx context.Context) error {
		_, err := s.Stop(ctx, time.Second)
		return err
	}), nil
}

package engine

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

	"golang.org/x/sys/unix"
)

// starter starts processes from one thread that lives as long as the backend.
// The kernel sends a child its Pdeathsig when the thread that forked it ends,
// which for an ordinary goroutine's thread may be any time.
type starter struct {
	work chan func()
	once sync.Once
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

// start starts cmd pinned to the processors of set, or to those of this
// process where set is nil.
func (s *starter) start(cmd *exec.Cmd, set *unix.CPUSet) error {
	done := make(chan error, 1)
	s.work <- func() { done <- startPinned(cmd, set) }
	return <-done
}

// startPinned pins the calling thread for the length of the fork: the child
// inherits the affinity from its first instruction on.
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

// child is a process that the host engine started.
type child struct {
	cmd     *exec.Cmd
	mark    string
	signal  syscall.Signal // that it is to end at; 0: TERM
	ended   chan struct{}
	outcome outcome // after ended
}

func (h *host) start(_ context.Context, sp spec) (_ process, err error) {
	if err := h.lay(sp.name, sp.files); err != nil {
		return nil, err
	}
	line := h.command(sp)
	cmd := exec.Command(line[0], line[1:]...)
	for key, value := range sp.env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	if cmd.Dir, err = h.place(sp.name); err != nil {
		return nil, err
	}
	set, err := processors(sp.limits)
	if err != nil {
		return nil, err
	}
	c, err := h.launch(cmd, sp.name, set, sp.log)
	if err != nil {
		return nil, err // and no *child in the interface
	}
	c.signal = syscall.Signal(sp.signal.Number())
	return c, nil
}

// launch starts cmd with its output in a file, which the process writes itself:
// no pipe in between could slow it down or end with this process.
func (h *host) launch(cmd *exec.Cmd, name string, set *unix.CPUSet, log string) (*child, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Stderr = out
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	c := &child{cmd: cmd, mark: h.session + "/" + name + "/", ended: make(chan struct{})}
	h.tame(c)
	if err := h.starter.start(cmd, set); err != nil {
		return nil, err
	}
	go c.wait()
	return c, nil
}

// tame gives the process little of our environment, as in a container, a
// process group out of the terminal's reach, and a death that follows ours.
func (h *host) tame(c *child) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			c.cmd.Env = append([]string{name + "=" + value}, c.cmd.Env...) // the program's own wins
		}
	}
	c.cmd.Env = append(c.cmd.Env, markName+"="+c.mark)
	if c.cmd.SysProcAttr == nil {
		c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	}
	c.cmd.SysProcAttr.Setpgid = true
}

func (c *child) wait() {
	defer close(c.ended)
	_ = c.cmd.Wait() // the state says it all
	status := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	c.outcome = outcome{code: status.ExitStatus()} // -1 after a signal
	if status.Signaled() {
		c.outcome.signal = int(status.Signal())
	}
}

// endpoint is on the loopback, whatever the port.
func (c *child) endpoint(port int) string { return loopback(port) }

func (c *child) done() <-chan struct{} { return c.ended }

func (c *child) end() outcome { return c.outcome }

// stop signals the root process alone, as a container's runtime does, and
// kills the descendants that it leaves, as the end of a PID namespace does.
func (c *child) stop(ctx context.Context, grace time.Duration) (outcome, error) {
	err := c.cmd.Process.Signal(cmp.Or(c.signal, syscall.SIGTERM))
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
	case <-time.After(grace):
	}
	if !hasEnded(c) {
		_ = c.cmd.Process.Kill() // it fails where it ends just now
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepPatience)
	defer cancel()
	err = errors.Join(err, sweepProcesses(ctx, c.mark))
	<-c.ended
	return c.outcome, err
}

// sample starts the sampler as a process beside the program.
func (h *host) sample(_ context.Context, p process, as sampling) (*feed, error) {
	if err := os.WriteFile(as.log, nil, 0o644); err != nil { // the last trial's words
		return nil, err
	}
	pid := p.(*child).cmd.Process.Pid
	cmd := exec.Command(h.paths[samplerPackage], "-root", fmt.Sprint(pid), "-rate", fmt.Sprint(as.rate))
	lines, stdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = stdout
	c, err := h.launch(cmd, as.name, nil, as.log)
	stdout.Close()
	if err != nil {
		return nil, errors.Join(err, lines.Close())
	}
	return newFeed(lines, as.log, func(ctx context.Context) error {
		_, err := c.stop(ctx, time.Second)
		return err
	}), nil
}

package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// A keeper is the parent of a program of the host engine, as process 1 is in a
// container. It adopts orphans, which would else go to the machine's init and not be
// counted with the program. It reaps them, and when the program ends, it kills all
// processes that the program left.
//
// It is a copy of this program and in no figure: the sampler counts only its
// descendants.

// keeperEnv marks a process as a keeper. Its arguments are the program's path and
// command line.
const keeperEnv = "MEMPROOF_KEEPER"

// keeperPipe is the descriptor of the pipe on which a keeper reports.
const keeperPipe = 3

// report is a JSON value that a keeper sends: the program was started, or why not; the
// program has ended.
type report struct {
	PID    int    `json:"pid,omitempty"`
	Error  string `json:"error,omitempty"`
	Ended  bool   `json:"ended,omitempty"`
	Status uint32 `json:"status,omitempty"` // see wait(2)
}

// keepMain turns this process into a keeper where it was started as one, and never
// returns then.
func keepMain() {
	if os.Getenv(keeperEnv) == "" {
		return
	}
	if err := keep(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "keeper:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// keep runs the program and returns when it and all that it started have ended.
func keep(path string, args []string) error {
	runtime.LockOSThread() // the program's death signal is tied to the thread that forks it
	unix.CloseOnExec(keeperPipe)
	pipe := json.NewEncoder(os.NewFile(keeperPipe, "pipe"))
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return errors.Join(fmt.Errorf("become a subreaper: %w", err), pipe.Encode(report{Error: err.Error()}))
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM) // not ignored, which the program would inherit
	pid, err := syscall.ForkExec(path, args, &syscall.ProcAttr{
		Env: keptEnv(os.Environ()), Files: []uintptr{0, 1, 2},
		Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true},
	})
	if err != nil {
		return pipe.Encode(report{Error: err.Error()})
	}
	go func() { <-asked; killChildren() }()
	if err := pipe.Encode(report{PID: pid}); err != nil { // the harness has ended
		killChildren()
	}
	status, err := reap(pid)
	err = errors.Join(err, pipe.Encode(report{Ended: true, Status: uint32(status)}))
	return errors.Join(err, clear())
}

// keptEnv is the program's environment: the keeper's, without its role.
func keptEnv(env []string) (own []string) {
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		switch name {
		case keeperEnv:
		case leftovers.TagName:
			own = append(own, name+"="+strings.TrimSuffix(value, leftovers.KeeperName))
		default:
			own = append(own, entry)
		}
	}
	return own
}

// reap waits for children until the program has ended.
func reap(program int) (status syscall.WaitStatus, err error) {
	for {
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 0, fmt.Errorf("wait: %w", err)
		case pid == program:
			return status, nil
		}
	}
}

// clear kills the remaining children, and theirs as it adopts them, until none is left.
func clear() error {
	for {
		killChildren()
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if errors.Is(err, syscall.ECHILD) {
				return nil
			}
			if err != nil && !errors.Is(err, syscall.EINTR) {
				return fmt.Errorf("wait: %w", err)
			}
			if pid == 0 {
				break // some still run
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// killChildren kills this process' children. Only this process can reap them, so their
// pids can't change hands meanwhile.
func killChildren() {
	all, err := procfs.AllProcs()
	if err != nil {
		return // without /proc the host engine does not start
	}
	own := os.Getpid()
	for _, p := range all {
		if s, err := p.Stat(); err == nil && s.PPID == own {
			_ = syscall.Kill(p.PID, syscall.SIGKILL) // fails if the child has another user
		}
	}
}

// startKept starts cmd below a keeper. cmd is the keeper afterwards.
func (h *host) startKept(cmd *exec.Cmd, sp backend.Spec, set *unix.CPUSet) (*child, error) {
	exe, err := leftovers.Executable()
	if err != nil {
		return nil, err
	}
	cmd.Args = append([]string{"memproof-keeper", cmd.Path}, cmd.Args...)
	cmd.Path = exe
	cmd.Env = append(cmd.Env, keeperEnv+"=1")
	reports, pipe, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{pipe}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // it ends its program
	c, err := h.launchTagged(cmd, sp.Name, leftovers.KeeperName, set, sp.Log)
	pipe.Close()
	if err != nil {
		return nil, errors.Join(err, reports.Close())
	}
	return c, c.follow(reports)
}

// follow reads the keeper's reports. It returns when the program was started.
func (c *child) follow(pipe io.ReadCloser) error {
	reports := json.NewDecoder(pipe)
	var first, last report
	err := reports.Decode(&first)
	if err != nil {
		err = fmt.Errorf("its keeper ended: %w", err)
	} else if first.Error != "" {
		err = errors.New(first.Error)
	}
	if err != nil {
		<-c.gone
		close(c.ended)
		return errors.Join(fmt.Errorf("start %s: %w", c.cmd.Args[1], err), pipe.Close())
	}
	if c.program, err = os.FindProcess(first.PID); err != nil {
		return errors.Join(err, pipe.Close(), c.cmd.Process.Signal(syscall.SIGTERM))
	}
	go func() {
		defer close(c.ended)
		defer pipe.Close()
		c.outcome = backend.Outcome{Code: -1, Signal: int(syscall.SIGKILL)} // the program's, where the keeper is killed
		if err := reports.Decode(&last); err == nil && last.Ended {
			c.outcome = outcomeOf(syscall.WaitStatus(last.Status))
		}
	}()
	return nil
}

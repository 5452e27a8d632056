package host

import (
	"bufio"
	"cmp"
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

// A keeper is the parent of a program of the host engine, as the first process
// is in a container: a process whose own parent has ended comes to it and not to
// the machine's init, where nobody would count it with the program. It waits for
// those, so that none stays behind as a zombie, and when the program ends, it
// kills all that the program has left.
//
// It is a copy of this program, and stays out of every figure: the sampler
// counts its descendants and not itself.

// keeperEnv marks a process as a keeper; its arguments are the program's path
// and command line.
const keeperEnv = "MEMPROOF_KEEPER"

// keeperPipe is the descriptor on which a keeper tells of its program.
const keeperPipe = 3

// kept is what a keeper tells, a line each: that the program was started, or why
// not, and how it ended.
type kept struct {
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

// keep runs the program and returns when neither it nor anything that it started
// is left.
func keep(path string, args []string) error {
	runtime.LockOSThread() // the program's death signal is tied to the thread that forks it
	unix.CloseOnExec(keeperPipe)
	tell := json.NewEncoder(os.NewFile(keeperPipe, "pipe"))
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return errors.Join(fmt.Errorf("become a subreaper: %w", err), tell.Encode(kept{Error: err.Error()}))
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM) // not ignored, which the program would inherit
	pid, err := syscall.ForkExec(path, args, &syscall.ProcAttr{
		Env: keptEnv(os.Environ()), Files: []uintptr{0, 1, 2},
		Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true},
	})
	if err != nil {
		return tell.Encode(kept{Error: err.Error()})
	}
	go func() { <-asked; killChildren() }()
	if err := tell.Encode(kept{PID: pid}); err != nil { // the harness is gone
		killChildren()
	}
	status, err := reap(pid)
	err = errors.Join(err, tell.Encode(kept{Ended: true, Status: uint32(status)}))
	return errors.Join(err, clear())
}

// keptEnv is the program's environment: the keeper's own without its role.
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

// reap waits for children until it is the program that ended.
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

// clear kills the children that are left and theirs, which come here when their
// parents end, until there are none.
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
				break // they live
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// killChildren kills this process' children. Only this process can wait for
// them, so that their pids are theirs until it does.
func killChildren() {
	all, err := procfs.AllProcs()
	if err != nil {
		return // without /proc the host engine does not start
	}
	own := os.Getpid()
	for _, p := range all {
		if s, err := p.Stat(); err == nil && s.PPID == own {
			_ = syscall.Kill(p.PID, syscall.SIGKILL) // it fails where the child has another user
		}
	}
}

// startKept starts cmd below a keeper. cmd is the keeper afterwards.
func (h *host) startKept(cmd *exec.Cmd, sp backend.Spec, set *unix.CPUSet) (*child, error) {
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	exe, err := leftovers.Executable()
	if err != nil {
		return nil, err
	}
	cmd.Args = append([]string{"memproof-keeper", cmd.Path}, cmd.Args...)
	cmd.Path = exe
	cmd.Env = append(cmd.Env, keeperEnv+"=1")
	news, pipe, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{pipe}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // it ends what it keeps
	c, err := h.launchTagged(cmd, sp.Name, leftovers.KeeperName, set, sp.Log)
	pipe.Close()
	if err != nil {
		return nil, errors.Join(err, news.Close())
	}
	return c, c.follow(news)
}

// follow hears of the program from its keeper. It returns when the program was
// started.
func (c *child) follow(news io.ReadCloser) error {
	r := bufio.NewReader(news)
	first, err := readKept(r)
	if err == nil && first.Error != "" {
		err = errors.New(first.Error)
	}
	if err != nil {
		<-c.gone
		close(c.ended)
		return errors.Join(fmt.Errorf("start %s: %w", c.cmd.Args[1], err), news.Close())
	}
	if c.program, err = os.FindProcess(first.PID); err != nil {
		return errors.Join(err, news.Close(), c.cmd.Process.Signal(syscall.SIGTERM))
	}
	go func() {
		defer close(c.ended)
		defer news.Close()
		c.outcome = backend.Outcome{Code: -1, Signal: int(syscall.SIGKILL)} // as the program does where the keeper is killed
		if last, err := readKept(r); err == nil && last.Ended {
			c.outcome = outcomeOf(syscall.WaitStatus(last.Status))
		}
	}()
	return nil
}

func readKept(r *bufio.Reader) (k kept, err error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return k, fmt.Errorf("its keeper ended: %w", cmp.Or(err, io.ErrUnexpectedEOF))
	}
	return k, json.Unmarshal(line, &k)
}

package prefork

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// event is what a worker's process has done: said a message or ended.
type event struct {
	id      int
	message message
	end     *end // nil: it said the message
}

// end is how a process ended.
type end struct {
	status  syscall.WaitStatus
	peakRSS int64 // bytes, see Options.WorkerExit
}

// processes are the real worker processes. One goroutine calls its methods, on
// a thread of its own, see runMaster.
type processes struct {
	shared  []*os.File // what every worker inherits, in the order of the fd constants
	running map[int]*process
	events  chan event
	log     *slog.Logger
}

type process struct {
	cmd     *exec.Cmd
	control *os.File // the master's end
}

// spawn starts a worker. The executable is the master's own, whatever has
// become of its file by now; it needs /proc and nothing else of the system.
func (p *processes) spawn(t terms) (pid int, err error) {
	mark, err := t.mark()
	if err != nil {
		return 0, err
	}
	ours, theirs, err := socketpair(unix.SOCK_STREAM|unix.SOCK_NONBLOCK, "control")
	if err != nil {
		return 0, err
	}
	defer theirs.Close() // or the end of the worker would not be the end of the stream
	cmd := &exec.Cmd{
		Path:       "/proc/self/exe",
		Args:       os.Args,
		Env:        append(os.Environ(), mark),
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
		ExtraFiles: append(p.shared[:len(p.shared):len(p.shared)], theirs),
		// The kernel kills the worker when the thread that forked it ends.
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	if err := cmd.Start(); err != nil {
		ours.Close()
		return 0, fmt.Errorf("start worker %d: %w", t.ID, err)
	}
	w := &process{cmd: cmd, control: ours}
	p.running[t.ID] = w
	go w.follow(t.ID, p.events)
	return cmd.Process.Pid, nil
}

// follow passes on what the worker says, then how it ended: in this order,
// since a goroutine for each would let an exit overtake the last messages.
func (w *process) follow(id int, events chan<- event) {
	var buf [16]byte
	for {
		n, err := w.control.Read(buf[:])
		for _, b := range buf[:n] {
			events <- event{id: id, message: message(b)}
		}
		if err != nil {
			break // it has exited, or closed its end and will be found silent
		}
	}
	// The error repeats the status, and there is no input or output to copy.
	_ = w.cmd.Wait()
	w.control.Close()
	events <- event{id: id, end: &end{
		status:  w.cmd.ProcessState.Sys().(syscall.WaitStatus),
		peakRSS: w.cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10, // KiB, see getrusage(2)
	}}
}

// tell sends a worker one message. Where it can't be told, it has exited and
// its exit is on the way, or it is hung and will be killed.
func (p *processes) tell(id int, m message) {
	if _, err := p.running[id].control.Write([]byte{byte(m)}); err != nil {
		p.log.Debug("Worker was not told", "worker", id, "message", m.String(), "error", err)
	}
}

func (p *processes) kill(id int, sig syscall.Signal) {
	err := p.running[id].cmd.Process.Signal(sig)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.log.Error("Worker could not be signalled", "worker", id, "signal", sig.String(), "error", err)
	}
}

func (p *processes) forget(id int) { delete(p.running, id) }

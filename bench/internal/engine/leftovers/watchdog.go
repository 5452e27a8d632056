package leftovers

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/logfile"
)

// watchdogEnv marks a process as a watchdog.
const watchdogEnv = "MEMPROOF_WATCHDOG"

// The messages between a session and its watchdog.
const (
	watchdogReady = "ready\n" // the watchdog has read what to guard
	sessionClosed = "closed\n"
)

// WatchdogMain turns this process into a watchdog where it was started as one, and
// never returns then. Otherwise it returns at once.
func (p Places) WatchdogMain() {
	if os.Getenv(watchdogEnv) == "" {
		return
	}
	// A signal that ends the session, at a closed terminal for instance, must not end
	// its watchdog.
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	if err := p.guard(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// guard reads where a session leaves things, waits for the end of in and removes them.
func (p Places) guard(in io.Reader, out io.Writer) error {
	r := bufio.NewReader(in)
	var l Leftovers
	line, err := r.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &l)
	}
	if err == nil {
		_, err = io.WriteString(out, watchdogReady)
	}
	if err != nil {
		return fmt.Errorf("watchdog: %w", err)
	}
	if message, _ := r.ReadString('\n'); message == sessionClosed {
		return nil
	}
	err = p.Remove(context.Background(), l)
	// The daemon may still be working on the last request of a parent that was
	// killed in the middle of it.
	time.Sleep(time.Second)
	return errors.Join(err, p.Remove(context.Background(), l))
}

// Watchdog is the session's end of the pipe.
type Watchdog struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

// Watch starts a watchdog over what the session leaves, and returns once it has read
// what to guard.
func Watch(l Leftovers, logDir string) (*Watchdog, error) {
	if os.Getenv(watchdogEnv) != "" {
		return nil, errors.New("this process is a watchdog: call engine.WatchdogMain first in main")
	}
	exe, err := Executable()
	if err != nil {
		return nil, err
	}
	stderr, err := logfile.Create(filepath.Join(logDir, "watchdog.log"))
	if err != nil {
		return nil, err
	}
	defer stderr.Close()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), watchdogEnv+"=1")
	cmd.Stderr = stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // out of reach of the terminal's Ctrl-C
	return startWatchdog(cmd, l)
}

func startWatchdog(cmd *exec.Cmd, l Leftovers) (*Watchdog, error) {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("watchdog: %w", err)
	}
	w := &Watchdog{cmd, stdin}
	if err := w.handshake(stdout, l); err != nil {
		_, _ = cmd.Process.Kill(), cmd.Wait() // it is another program
		return nil, err
	}
	return w, nil
}

// handshake sends what to guard and waits until it is read. A program that does not
// call WatchdogMain runs its own main instead and gives another answer.
func (w *Watchdog) handshake(out io.ReadCloser, l Leftovers) error {
	timer := time.AfterFunc(10*time.Second, func() { out.Close() })
	defer timer.Stop()
	writeErr := json.NewEncoder(w.stdin).Encode(l)
	answer := make([]byte, len(watchdogReady))
	n, readErr := io.ReadFull(out, answer)
	if string(answer) == watchdogReady {
		return nil
	}
	return fmt.Errorf("no watchdog: engine.WatchdogMain must be the first call in main and in TestMain: %w",
		errors.Join(fmt.Errorf("the answer is %q", answer[:n]), writeErr, readErr))
}

// Dismiss ends the watchdog. A session that could not clean up by itself leaves
// the rest to it.
func (w *Watchdog) Dismiss(clean bool) (err error) {
	if clean {
		_, err = io.WriteString(w.stdin, sessionClosed)
	}
	return errors.Join(err, w.stdin.Close(), w.cmd.Wait())
}

// Executable returns a path of this program; on Linux it stays valid after the file was
// removed or replaced.
func Executable() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

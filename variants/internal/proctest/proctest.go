// Package proctest starts the commands of the service as real processes for tests, as a container would.
package proctest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Deadline is generous: it is reached only where something hangs.
const Deadline = time.Minute

// Process is a started command and what it wrote.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	mu    sync.Mutex
	log   bytes.Buffer
}

// Start runs the command with nothing in its environment but env, as in a container. The test ends it, and its workers
// with it, at the latest when it is over.
func Start(t *testing.T, path string, env []string, args ...string) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = env, p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // a death signal is tied to the thread that forked
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // the test looks at the exit status
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // already gone is as good
		<-p.ended
		if t.Failed() {
			t.Logf("%s wrote:\n%s", filepath.Base(path), p.Output())
		}
	})
	return p
}

// Write keeps what the process writes; it is called by os/exec.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

// Output is what the process has written so far, on both streams.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends the process a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Exit waits for the end and returns the exit status, -1 after a signal.
func (p *Process) Exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(Deadline):
		t.Fatal("the process does not end")
		return -1
	}
}

// FreeAddress is a loopback address that is the test's alone until it ends: a socket holds the port and does not listen.
// The kernel gives the port to nobody else, and a server that sets SO_REUSEADDR, as net.Listen does, can listen on it. The
// port is below the ephemeral ones, so that those above it, where workers have their profiles, are likely free too.
func FreeAddress(t *testing.T) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) }) // it was open
	to := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	for range 100 {
		to.Port = 20_000 + rand.IntN(10_000)
		if err = unix.Bind(fd, to); err == nil {
			break
		}
	}
	// After the bind: with the option a second test could bind to the port too.
	if err := errors.Join(err, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)); err != nil {
		t.Fatalf("no free port: %v", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", to.Port)
}

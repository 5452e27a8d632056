package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// startLimit bounds the start of a cluster; it takes a tenth of a second on an idle machine.
const startLimit = time.Minute

// Server is a cluster that can be stopped and started again, which is how a test takes the database away.
type Server struct {
	bin, dir string
	as       *syscall.Credential // nil unless root, whom Postgres refuses
	log      bytes.Buffer        // read only after the process has ended
	cmd      *exec.Cmd
	ended    chan struct{} // closed when cmd is gone
}

func newServer(bin string) (*Server, error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir}
	if err := s.init(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

func (s *Server) init() error {
	if os.Geteuid() == 0 {
		as, err := unprivileged()
		if err != nil {
			return err
		}
		if err := os.Chown(s.dir, int(as.Uid), int(as.Gid)); err != nil {
			return err
		}
		s.as = as
	}
	initdb := s.command("initdb", "--no-sync", "--auth=trust", "--username=gateway", "--encoding=UTF8", "--locale=C",
		"--pgdata="+s.data())
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// unprivileged is the account that Postgres runs under when the tests run as root.
func unprivileged() (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("as root, Postgres needs a user postgres or nobody: %w", err)
		}
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

// Start starts the cluster and returns when it answers.
func (s *Server) Start() error {
	s.log.Reset()
	s.cmd = s.command("postgres", "-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "full_page_writes=off", "-c", "max_connections=100")
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	s.cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	s.ended = make(chan struct{})
	started := make(chan error)
	go s.keep(started)
	if err := <-started; err != nil {
		close(s.ended)
		return err
	}
	return s.wait()
}

// keep starts the process and waits for it on one locked thread: its death signal is tied to the thread that forked it, not
// to the process.
func (s *Server) keep(started chan<- error) {
	runtime.LockOSThread()
	err := s.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = s.cmd.Wait() // however it ended: a test stops it on purpose
	close(s.ended)
}

func (s *Server) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.ended:
			return fmt.Errorf("postgres ended: %s", s.log.Bytes())
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the cluster at once, its clients' connections with it (Postgres' fast shutdown), and returns when it is gone.
func (s *Server) Stop() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGINT) // already gone is as good
	<-s.ended
}

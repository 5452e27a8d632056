package prefork

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The suite of real processes: the test binary is the service too. It starts
// itself with serviceMark in the environment and is then the master, which in
// turn starts it as workers.

const serviceMark = "PREFORK_TEST_SERVICE"

// plan is what a test's service is to be: the options that can be written down.
type plan struct {
	Bind                     string
	Workers, MaxRequests     int
	MaxLifetime              time.Duration
	Jitter                   float64
	Timeout, GracefulTimeout time.Duration
	BootTimeout              time.Duration
	Dir                      string // where test and service leave each other files
}

func (p plan) options() Options {
	return Options{
		Bind: p.Bind, Workers: p.Workers,
		MaxRequests: p.MaxRequests, MaxLifetime: p.MaxLifetime, Jitter: p.Jitter,
		Timeout: p.Timeout, GracefulTimeout: p.GracefulTimeout, BootTimeout: p.BootTimeout,
		Log:    slog.New(slog.NewJSONHandler(os.Stderr, nil)),
		Reload: p.reload,
		WorkerExit: func(id, pid int, peakRSS int64) {
			p.write(fmt.Sprint("exit ", pid), exitNote{id, peakRSS})
		},
		WhenReady: func(ctx context.Context) int {
			p.leave("when_ready")
			context.AfterFunc(ctx, func() { p.leave("stopping") })
			return 0
		},
	}
}

func TestMain(m *testing.M) {
	mark, isService := os.LookupEnv(serviceMark)
	if !isService {
		os.Exit(m.Run())
	}
	var p plan
	if err := json.Unmarshal([]byte(mark), &p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailed)
	}
	os.Exit(serveTest(p))
}

func serveTest(p plan) int {
	if _, isWorker := os.LookupEnv(workerMark); !isWorker {
		go dieWithTest()
	}
	return Run(p.options(), p.app)
}

// dieWithTest ends the master when the test process, which holds the other end
// of its input, is gone.
func dieWithTest() {
	_, _ = io.Copy(io.Discard, os.Stdin) // any end is the end
	os.Exit(exitFailed)
}

func (p plan) path(name string) string { return filepath.Join(p.Dir, name) }

// exitNote is what WorkerExit was told, in a file named after the worker's pid.
type exitNote struct {
	Worker  int
	PeakRSS int64
}

// reload takes the plan that the test has written down, where it has.
func (p plan) reload() (Options, error) {
	for p.has("slow reload") && !p.has("release") {
		p.leave("reloading")
		time.Sleep(time.Millisecond)
	}
	if !p.has("new plan") {
		return p.options(), nil
	}
	err := p.read("new plan", &p)
	return p.options(), err
}

func (p plan) leave(name string) { p.write(name, nil) }

// write leaves a file that is whole from the moment it is there.
func (p plan) write(name string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(p.path("."+name), text, 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(p.path("."+name), p.path(name)); err != nil {
		panic(err)
	}
}

func (p plan) read(name string, v any) error {
	text, err := os.ReadFile(p.path(name))
	if err != nil {
		return fmt.Errorf("read what was left: %w", err)
	}
	return json.Unmarshal(text, v)
}

func (p plan) has(name string) bool {
	_, err := os.Stat(p.path(name))
	return err == nil
}

// hoarded is the bytes that a request to /hoard takes.
const hoarded = 128 << 20

// reply is the answer of a test's service.
type reply struct {
	Worker, PID, Parent int
	Status              Status
}

func (p plan) app(ctx context.Context, w *Worker) (http.Handler, error) {
	switch {
	case p.has("fault error"):
		return nil, errors.New("the database is away")
	case p.has("fault panic"):
		panic("the application is broken")
	case p.has("fault slow"):
		p.leave(fmt.Sprint("booting ", w.ID()))
		<-ctx.Done()
		return nil, ctx.Err()
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(rw http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(rw).Encode(reply{w.ID(), os.Getpid(), os.Getppid(), w.Status()}) // the client finds out
	})
	mux.HandleFunc("POST /hoard", func(http.ResponseWriter, *http.Request) {
		hoard := make([]byte, hoarded)
		for i := range hoard { // a page that is never written is no memory
			hoard[i] = byte(i)
		}
		runtime.KeepAlive(hoard)
	})
	mux.HandleFunc("POST /long", func(rw http.ResponseWriter, r *http.Request) {
		p.leave("begun")
		for !p.has("release") {
			time.Sleep(time.Millisecond)
		}
	})
	return mux, nil
}

// service is a running master, seen from the test.
type service struct {
	plan
	t    *testing.T
	cmd  *exec.Cmd
	addr string
	done chan struct{} // closed when the master has exited

	mu    sync.Mutex
	lines []string
}

// launch starts a service and returns at once.
func launch(t *testing.T, p plan) *service {
	t.Helper()
	if p.Bind == "" {
		p.Bind = "127.0.0.1:0"
	}
	if p.Dir == "" {
		p.Dir = t.TempDir()
	}
	mark, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{plan: p, t: t, done: make(chan struct{})}
	s.cmd = exec.Command("/proc/self/exe")
	// Under the race detector a process sleeps for a second before it exits.
	s.cmd.Env = append(os.Environ(), serviceMark+"="+string(mark), "GORACE=atexit_sleep_ms=0")
	if _, err := s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	log, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.collect(log)
	t.Cleanup(s.end)
	return s
}

// collect keeps the log; it ends when every process of the service has.
func (s *service) collect(log io.Reader) {
	for lines := bufio.NewScanner(log); lines.Scan(); {
		s.mu.Lock()
		s.lines = append(s.lines, lines.Text())
		s.mu.Unlock()
	}
	_ = s.cmd.Wait() // the state is read from ProcessState
	close(s.done)
}

func (s *service) end() {
	_ = s.cmd.Process.Kill() // it may have exited, as most tests want
	<-s.done
	if s.t.Failed() {
		s.t.Logf("log of the service:\n%s", s.log())
	}
}

func (s *service) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func (s *service) logged(text string) bool { return strings.Contains(s.log(), text) }

// standing starts a service and returns when all its workers are ready.
func standing(t *testing.T, p plan) *service {
	t.Helper()
	s := launch(t, p)
	eventually(t, "the address", s.listens)
	s.await("all workers ready", func(st Status) bool { return st.Ready == st.Target })
	return s
}

func (s *service) listens() bool {
	_, after, found := strings.Cut(s.log(), "Listening at: http://")
	s.addr, _, _ = strings.Cut(after, `"`)
	return found
}

// await waits until the service's status is as wanted.
func (s *service) await(what string, ok func(Status) bool) {
	s.t.Helper()
	eventually(s.t, what, func() bool {
		r, err := s.ask(&http.Client{Transport: &http.Transport{DisableKeepAlives: true}})
		return err == nil && ok(r.Status)
	})
}

// ask sends one request, which no client may send twice: it is a POST.
func (s *service) ask(c *http.Client) (reply, error) {
	resp, err := c.Post("http://"+s.addr+"/", "text/plain", strings.NewReader("hello"))
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	var r reply
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		return reply{}, fmt.Errorf("status %d: %w", resp.StatusCode, err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return reply{}, err
	}
	return r, nil
}

func (s *service) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// exit waits for the master and all workers to be gone.
func (s *service) exit() int {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(deadline):
		s.t.Fatal("the service does not exit")
	}
	return s.cmd.ProcessState.ExitCode()
}

// load asks without pause from several clients that keep their connections,
// and one that does not, until stop is called. Every request that gets no
// answer, or one of a service below its target, is an error of the test.
func (s *service) load(t *testing.T) (requests *atomic.Int64, stop func()) {
	t.Helper()
	const clients = 6
	requests = new(atomic.Int64)
	var quit atomic.Bool
	var running sync.WaitGroup
	for i := range clients {
		c := &http.Client{Transport: &http.Transport{DisableKeepAlives: i == 0}}
		running.Go(func() {
			defer c.CloseIdleConnections()
			for !quit.Load() {
				r, err := s.ask(c)
				if err != nil || r.Status.Ready < r.Status.Target && r.Status.Target == s.Workers {
					t.Errorf("answer %+v, error %v", r, err)
					return
				}
				requests.Add(1)
			}
		})
	}
	stop = func() { quit.Store(true); running.Wait() }
	t.Cleanup(stop)
	return requests, stop
}

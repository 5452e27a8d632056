package chaos_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/memproof/memproof/variants/internal/pgtest"
)

const (
	key     = "key-0"
	workers = 3
	// deadline is generous: it is reached only where something hangs.
	deadline = time.Minute
)

// stack is the service with all that it needs, each part a process of its own.
type stack struct {
	t          *testing.T
	bin        string // the folder of the executables, this test's own
	postgres   *pgtest.Server
	database   string
	upstream   *process
	service    *process
	url, admin string
	profiles   string // of the master
	probe      *http.Client
}

// startStack starts the build "after", whose workers are recycled after 25 requests or half a minute in place of 500 or half
// an hour: what happens 4 times a day then happens every second.
func startStack(t *testing.T) *stack {
	s := &stack{t: t, bin: build(t, "ablate", "upstream", "seed"), postgres: pgtest.Start(t),
		probe: &http.Client{Timeout: deadline, Transport: &http.Transport{DisableKeepAlives: true}}}
	s.database = s.postgres.URL("postgres")
	seed := start(t, s.command("seed"), []string{"DATABASE_URL=" + s.database}, "-passages", "300", "-keys", "1", "-ledger", "0")
	if status := seed.exit(t); status != 0 {
		t.Fatalf("the seed exits with %d", status)
	}
	bind, upstream, admin, profiles := address(t), address(t), address(t), address(t)
	s.url, s.admin, s.profiles = "http://"+bind, "http://"+admin, "http://"+profiles
	s.upstream = start(t, s.command("upstream"), nil, "-addr", upstream, "-admin", admin, "-median", "50ms")
	var authority string
	s.eventually("the upstream's authority", func() (ok bool) { authority, ok = s.ask(s.admin + "/ca.pem"); return ok })
	_, port, _ := strings.Cut(profiles, ":")
	s.service = start(t, s.command("ablate"),
		[]string{"DATABASE_URL=" + s.database, "AI_URL=https://" + upstream, "AI_CA_PEM=" + authority,
			"GUNICORN_BIND=" + bind, "GATEWAY_PPROF=" + port, "GOMAXPROCS=2"},
		"-fix-workers", "-fix-scheduler", "-fix-client", "-recycling", "25/30s")
	s.stands()
	return s
}

func (s *stack) command(name string) string { return filepath.Join(s.bin, name) }

func (s *stack) master() int { return s.service.cmd.Process.Pid }

// crew is what /healthz/ready says.
type crew struct {
	Wanted    int `json:"workers_wanted"`
	Ready     int `json:"workers_ready"`
	Recycled  int `json:"workers_recycled"`
	Restarted int `json:"workers_restarted"`
}

// crew asks any worker; ready says that all that are wanted are ready and that the database answers.
func (s *stack) crew() (c crew, ready bool) {
	s.t.Helper()
	body, ready := s.ask(s.url + "/healthz/ready")
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		return crew{}, false // its worker was killed
	}
	return c, ready
}

// stands waits until the service has its workers, no one more, and its database.
func (s *stack) stands() {
	s.t.Helper()
	s.eventually("a service that stands", func() bool {
		c, ready := s.crew()
		return ready && c.Wanted == workers && len(children(s.t, s.master())) == workers
	})
}

// ask returns the body of an answer; ok is that it came with 200.
func (s *stack) ask(url string) (body string, ok bool) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := s.probe.Do(req)
	if err != nil {
		return err.Error(), false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return string(raw), err == nil && resp.StatusCode == http.StatusOK
}

// goroutines is how many the master has.
func (s *stack) goroutines() int {
	s.t.Helper()
	body, _ := s.ask(s.profiles + "/debug/pprof/goroutine?debug=1")
	n := 0
	if _, err := fmt.Sscanf(body, "goroutine profile: total %d", &n); err != nil {
		s.t.Fatalf("the goroutine profile is %.100q: %v", body, err)
	}
	return n
}

// eventually polls until the condition holds.
func (s *stack) eventually(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(deadline); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("never came: %s", what)
		}
	}
}

// build compiles the commands as they are shipped, static, and returns the folder that holds them.
func build(t *testing.T, commands ...string) string {
	t.Helper()
	dir := t.TempDir()
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	for _, c := range commands {
		args = append(args, "../"+c)
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, out)
	}
	return dir
}

// address is a free one on the loopback, with room above it for the ports of the workers' profiles, and below the ephemeral
// ports, which others may be given at any moment.
func address(t *testing.T) string {
	t.Helper()
	for range 100 {
		a := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		if l, err := net.Listen("tcp", a); err == nil {
			l.Close()
			return a
		}
	}
	t.Fatal("no free port")
	return ""
}

// process is a started command and what it wrote.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	mu    sync.Mutex
	log   bytes.Buffer
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// start runs the command with nothing in its environment but env, as in a container. The test ends it, and its workers
// with it, at the latest when it is over.
func start(t *testing.T, path string, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(path, args...), ended: make(chan struct{})}
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
			t.Logf("%s wrote:\n%s", filepath.Base(path), p.output())
		}
	})
	return p
}

// exit waits for the end and returns the status.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(deadline):
		t.Fatal("the process does not end")
		return -1
	}
}

package chaos_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/variants/internal/pgtest"
	"github.com/memproof/memproof/variants/internal/proctest"
)

const (
	key     = "key-0"
	workers = 3
)

// stack is the service with all that it needs, each part a process of its own.
type stack struct {
	t          *testing.T
	bin        string // the folder of the executables, this test's own
	postgres   *pgtest.Server
	database   string
	upstream   *proctest.Process
	service    *proctest.Process
	url, admin string
	profiles   string // of the master
	probe      *http.Client
}

// startStack starts the build "after", whose workers are recycled after 25 requests or half a minute in place of 500 or half
// an hour: what happens 4 times a day then happens every second.
func startStack(t *testing.T) *stack {
	s := &stack{t: t, bin: build(t, "ablate", "upstream", "seed"), postgres: pgtest.Start(t),
		probe: &http.Client{Timeout: proctest.Deadline, Transport: &http.Transport{DisableKeepAlives: true}}}
	s.database = s.postgres.URL("postgres")
	seed := proctest.Start(t, s.command("seed"), []string{"DATABASE_URL=" + s.database}, "-passages", "300", "-keys", "1", "-ledger", "0")
	if status := seed.Exit(t); status != 0 {
		t.Fatalf("the seed exits with %d", status)
	}
	bind, upstream, admin, profiles := proctest.FreeAddress(t), proctest.FreeAddress(t), proctest.FreeAddress(t), proctest.FreeAddress(t)
	s.url, s.admin, s.profiles = "http://"+bind, "http://"+admin, "http://"+profiles
	s.upstream = proctest.Start(t, s.command("upstream"), nil, "-addr", upstream, "-admin", admin, "-median", "50ms")
	var authority string
	s.eventually("the upstream's authority", func() (ok bool) { authority, ok = s.ask(s.admin + "/ca.pem"); return ok })
	_, port, _ := strings.Cut(profiles, ":")
	s.service = proctest.Start(t, s.command("ablate"),
		[]string{"DATABASE_URL=" + s.database, "AI_URL=https://" + upstream, "AI_CA_PEM=" + authority,
			"GUNICORN_BIND=" + bind, "GATEWAY_PPROF=" + port, "GOMAXPROCS=2"},
		"-fix-workers", "-fix-scheduler", "-fix-client", "-recycling", "25/30s")
	s.stands()
	return s
}

func (s *stack) command(name string) string { return filepath.Join(s.bin, name) }

func (s *stack) master() int { return s.service.PID() }

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
	for end := time.Now().Add(proctest.Deadline); !holds(); time.Sleep(20 * time.Millisecond) {
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

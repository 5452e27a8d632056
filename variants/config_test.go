package variants_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/memproof/memproof/variants/internal/proctest"
)

// TestConfigFileReload: HUP takes the number of workers and the pool from the file, without a request dropped; a file that is
// wrong changes nothing, not even for a worker that is replaced while it is wrong.
func TestConfigFileReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.conf")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# first\nGUNICORN_WORKERS=2\n")
	s := startService(t, []string{"GATEWAY_CONFIG=" + file, "GUNICORN_WORKERS=5", "GATEWAY_POOL=size=3"}, "after")
	s.stands(2, "size=3")
	stop := s.load()
	write("GUNICORN_WORKERS=4\nGATEWAY_POOL=size=2,overflow=1\nGUNICORN_BIND=127.0.0.1:1\n")
	s.hup()
	s.stands(4, "size=2,overflow=1")
	s.says("The address can't change at a reload")

	write("GUNICORN_WORKERS=1\nGATEWAY_POOL=huge\n")
	s.hup()
	s.says(file + `:2: GATEWAY_POOL: \"huge\": want size, overflow, recycle, ping or timeout`)
	stop()
	if err := syscall.Kill(s.workers()[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.says("Worker was terminated due to signal")
	s.stands(4, "size=2,overflow=1")
	if strings.Contains(s.Output(), "failed to boot") {
		t.Error("a worker read the file that the master refused")
	}

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	s.hup()
	s.says("no such file")
	write("")
	s.hup()
	s.stands(5, "size=3")
	s.stop()
}

func (s *service) hup() {
	s.t.Helper()
	if err := s.Signal(syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
}

func (s *service) says(line string) {
	s.t.Helper()
	for end := time.Now().Add(proctest.Deadline); !strings.Contains(s.Output(), line); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("the log never has %q", line)
		}
	}
}

// stands waits until there are so many workers, each with the pool; those of before are gone.
func (s *service) stands(workers int, pool string) {
	s.t.Helper()
	var have []string
	for end := time.Now().Add(proctest.Deadline); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		have = have[:0]
		for _, pid := range s.workers() {
			have = append(have, environment(pid, "GATEWAY_POOL"))
		}
		all := strings.Join(have, " ")
		status, _ := request(s.t, http.MethodGet, s.url+"/healthz/ready", "", nil)
		if status == http.StatusOK && all == strings.TrimSpace(strings.Repeat(pool+" ", workers)) {
			return
		}
	}
	s.t.Fatalf("the workers' pools are %q, want %d of %s", have, workers, pool)
}

// environment is a variable as the process was started with it, "" where it is gone.
func environment(pid int, name string) string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return ""
	}
	for variable := range strings.SplitSeq(string(text), "\x00") {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

// load asks without pause until stop is called; each request that is not answered with 200 is an error of the test.
func (s *service) load() (stop func()) {
	var quit atomic.Bool
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !quit.Load() {
				status, answer := request(s.t, http.MethodPost, s.url+"/v1/chat", `{"model":"gpt-4","prompt":"refund"}`,
					map[string]string{"Authorization": "Bearer key-1"})
				if status != http.StatusOK {
					s.t.Errorf("a request while the service reloads: %d %s", status, answer)
					return
				}
			}
		})
	}
	stop = func() { quit.Store(true); clients.Wait() }
	s.t.Cleanup(stop)
	return stop
}

// TestConfigFileFaults: at the start a file that is wrong is status 2, before anything starts.
func TestConfigFileFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.conf")
	if err := os.WriteFile(file, []byte("# no number\nGUNICORN_WORKERS=none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		file:       file + `:2: GUNICORN_WORKERS: "none" is not a whole number from 1 to 512`,
		"/nowhere": "GATEWAY_CONFIG: open /nowhere: no such file or directory",
	} {
		env := []string{"DATABASE_URL=postgres://db/x", "AI_URL=https://upstream:8443", "GATEWAY_CONFIG=" + path}
		p := proctest.Start(t, filepath.Join(bin(t), "after"), env)
		if status := p.Exit(t); status != 2 || strings.TrimSpace(p.Output()) != says {
			t.Errorf("status %d and\n%s, want 2 and\n%s", status, p.Output(), says)
		}
	}
}

package variants_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// The rows of the guide that show in a running service. TestGuideWorkerFormula, TestGuideRecyclingNumbers,
// TestGuidePooledClient and TestGuidePoolSettings are beside the code that they hold, in package gateway.

// TestGuideOneScheduler counts by the guide's own log lines: one in each worker before, one in the master after.
func TestGuideOneScheduler(t *testing.T) {
	for build, want := range map[string][3]int{"before": {5, 0, 0}, "after": {0, 1, 3}} {
		s := startService(t, nil, build)
		s.stop()
		for i, line := range []string{inWorker, inMaster, skipped} {
			if got := strings.Count(s.output(), line); got != want[i] {
				t.Errorf("%s: the log has %q %d times, want %d", build, line, got, want[i])
			}
		}
	}
}

func TestGuideEnvironmentVariables(t *testing.T) {
	bind := freeAddress(t)
	s := startServiceAt(t, bind, []string{"GUNICORN_WORKERS=2"}, "after")
	var v map[string]string
	s.get("/variantz", &v)
	if n := len(s.workers()); n != 2 || v["worker_count"] != "2" {
		t.Errorf("GUNICORN_WORKERS=2 gives %d workers, and /variantz says %s", n, v["worker_count"])
	}
	if want := "Listening at: http://" + bind; !strings.Contains(s.output(), want) {
		t.Errorf("GUNICORN_BIND=%s: the log lacks %q", bind, want)
	}
}

// TestGuideGCTrace: lines of the workers, and of the single process, where they are asked for and only there.
func TestGuideGCTrace(t *testing.T) {
	line := regexp.MustCompile(`(?m)^gc \d+ @[\d.]+s \d+%: `)
	for _, build := range []string{"after", "single"} {
		quiet, traced := startService(t, nil, build), startService(t, []string{"GATEWAY_GC_TRACE=true"}, build)
		quiet.stop()
		traced.stop()
		if line.MatchString(quiet.output()) {
			t.Errorf("%s: collections are traced that nobody asked for", build)
		}
		if !line.MatchString(traced.output()) {
			t.Errorf("%s: GATEWAY_GC_TRACE=true traces nothing", build)
		}
	}
}

// TestGuideExitMemoryLine: one for each worker that has exited, killed or not, in the guide's words.
func TestGuideExitMemoryLine(t *testing.T) {
	line := regexp.MustCompile(`msg="Worker (\d+) exited\. Memory used: \d+\.\d\d MB"`)
	quiet, telling := startService(t, nil, "after"), startService(t, []string{"GATEWAY_EXIT_MEMORY=true"}, "after")
	killed := telling.workers()[0]
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(deadline); !line.MatchString(telling.output()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the master does not tell of the worker that was killed")
		}
	}
	quiet.stop()
	telling.stop()
	if line.MatchString(quiet.output()) {
		t.Error("memory is told that nobody asked for")
	}
	told := line.FindAllStringSubmatch(telling.output(), -1)
	if len(told) < 3 || told[0][1] != fmt.Sprint(killed) {
		t.Errorf("told of %v, want of %d, which was killed, and then of the others", told, killed)
	}
}

// TestGuidePreload: the same answers as without, from pages that all workers share and nobody can write to, over database
// connections that are all younger than the workers.
func TestGuidePreload(t *testing.T) {
	own, shared := startService(t, nil, "before"), startService(t, []string{"GATEWAY_PRELOAD=true"}, "before")
	for _, prompt := range []string{"Where is my refund?", "cancel the subscription", "Article 77", "qqq"} {
		if a, b := own.passages(prompt), shared.passages(prompt); a != b {
			t.Errorf("%q finds the passages %s, preloaded %s", prompt, a, b)
		}
	}
	where := map[string]int{}
	for _, pid := range shared.workers() {
		for _, m := range mappings(t, pid) {
			where[m]++
		}
	}
	if len(where) != 1 {
		t.Errorf("the workers map %v, want one file", where)
	}
	for m, n := range where {
		if n != 5 || !strings.HasPrefix(m, "r--s ") {
			t.Errorf("%d workers map %q, want 5 that can only read it", n, m)
		}
	}
	if m := mappings(t, shared.cmd.Process.Pid); len(m) != 0 {
		t.Errorf("the master maps %v", m)
	}
	shared.connectionsAreYoungerThanWorkers()
}

// TestPreloadedCatalogueOutlivesItsWorkers: those that replace them after a HUP map the same one.
func TestPreloadedCatalogueOutlivesItsWorkers(t *testing.T) {
	s := startService(t, nil, "preload")
	first := mappings(t, s.workers()[0])
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(deadline); strings.Count(s.output(), `msg="Worker exited"`) < 3; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not all workers are replaced")
		}
	}
	for _, pid := range s.workers() {
		if got := mappings(t, pid); !slices.Equal(got, first) {
			t.Errorf("a new worker maps %v, the old ones mapped %v", got, first)
		}
	}
	if n := strings.Count(s.output(), "Preloaded the catalogue"); n != 1 {
		t.Errorf("the catalogue was built %d times", n)
	}
}

// mappings are the access to, and the inode of, each mapping of a catalogue in the process.
func mappings(t *testing.T, pid int) []string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 5 && strings.HasPrefix(f[5], "/memfd:catalogue") {
			found = append(found, f[1]+" "+f[4])
		}
	}
	return found
}

func (s *service) connectionsAreYoungerThanWorkers() {
	s.t.Helper()
	booting := regexp.MustCompile(`time=(\S+) level=INFO msg="Booting worker`).FindStringSubmatch(s.output())
	if booting == nil {
		s.t.Fatal("no worker boots")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.database)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(ctx)
	const query = `SELECT count(*), count(*) FILTER (WHERE backend_start < $1) FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'gateway'`
	began, err := time.Parse(time.RFC3339, booting[1])
	if err != nil {
		s.t.Fatal(err)
	}
	var open, old int
	if err := conn.QueryRow(ctx, query, began).Scan(&open, &old); err != nil || open == 0 || old > 0 {
		s.t.Errorf("of %d database connections %d are older than the workers (%v)", open, old, err)
	}
}

func (s *service) passages(prompt string) string {
	s.t.Helper()
	body := fmt.Sprintf(`{"model":"gpt-4","prompt":%q}`, prompt)
	status, text := request(s.t, http.MethodPost, s.url+"/v1/chat", body, map[string]string{"Authorization": "Bearer key-1"})
	var answer struct{ Passages []int64 }
	if err := json.Unmarshal([]byte(text), &answer); status != http.StatusOK || err != nil {
		s.t.Fatalf("%q: %d %s (%v)", prompt, status, text, err)
	}
	return fmt.Sprint(answer.Passages)
}

// workers are the pids of the master's children, the oldest first.
func (s *service) workers() []int {
	s.t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", s.cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	var pids []int
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that has ended
		}
		for _, field := range strings.Fields(string(text)) {
			var pid int
			if _, err := fmt.Sscan(field, &pid); err != nil {
				s.t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		s.t.Fatal("the master has no children")
	}
	return pids
}

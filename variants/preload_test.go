package variants_test

import (
	"context"
	"encoding/json"
	"errors"
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

	"github.com/memproof/memproof/variants/internal/proctest"
)

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
	if m := mappings(t, shared.PID()); len(m) != 0 {
		t.Errorf("the master maps %v", m)
	}
	shared.catalogueIsSealed()
	shared.connectionsAreYoungerThanWorkers()
}

// catalogueIsSealed tries to write, shrink and grow the master's file.
func (s *service) catalogueIsSealed() {
	s.t.Helper()
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.PID()))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err != nil || !strings.HasPrefix(to, "/memfd:catalogue") {
			continue
		}
		file, err := os.OpenFile(fd, os.O_RDWR, 0)
		if err != nil {
			s.t.Fatal(err)
		}
		defer file.Close()
		_, write := file.WriteAt([]byte{1}, 0)
		for what, err := range map[string]error{"written to": write, "shrunk": file.Truncate(1), "grown": file.Truncate(1 << 30)} {
			if !errors.Is(err, syscall.EPERM) {
				s.t.Errorf("the catalogue can be %s: %v", what, err)
			}
		}
		return
	}
	s.t.Error("the master holds no catalogue")
}

// TestPreloadNeedsItsDatabase: gunicorn's exit status for an app that can't be preloaded, before any worker starts.
func TestPreloadNeedsItsDatabase(t *testing.T) {
	for _, build := range []string{"preload", "single"} {
		p := proctest.Start(t, filepath.Join(bin(t), build), []string{"DATABASE_URL=postgres://nobody@/none?host=/nonexistent",
			"AI_URL=https://upstream:8443", "GUNICORN_BIND=" + proctest.FreeAddress(t)})
		if status := p.Exit(t); status != 1 || !strings.Contains(p.Output(), "connect to the database") || strings.Contains(p.Output(), "istening") {
			t.Errorf("%s without a database: status %d and\n%s", build, status, p.Output())
		}
	}
}

// TestPreloadedCatalogueOutlivesItsWorkers: those that replace them after a HUP map the same one.
func TestPreloadedCatalogueOutlivesItsWorkers(t *testing.T) {
	s := startService(t, nil, "preload")
	first := mappings(t, s.workers()[0])
	if err := s.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(proctest.Deadline); strings.Count(s.Output(), `msg="Worker exited"`) < 3; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not all workers are replaced")
		}
	}
	for _, pid := range s.workers() {
		if got := mappings(t, pid); !slices.Equal(got, first) {
			t.Errorf("a new worker maps %v, the old ones mapped %v", got, first)
		}
	}
	if n := strings.Count(s.Output(), "Preloaded the catalogue"); n != 1 {
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
	booting := regexp.MustCompile(`time=(\S+) level=INFO msg="Booting worker`).FindStringSubmatch(s.Output())
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

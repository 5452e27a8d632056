package variants_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/memproof/memproof/variants/internal/pgtest"
	"github.com/memproof/memproof/variants/internal/proctest"
)

func TestMain(m *testing.M) {
	status := pgtest.Run(m)
	dir, _ := built() // where that fails, tests have said so
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "remove the builds:", err)
	}
	os.Exit(status)
}

const (
	inMaster = "Starting usage tracking scheduler (master process)"
	inWorker = "Starting usage tracking scheduler (worker process)"
	inSingle = "Starting usage tracking scheduler (single process)"
	skipped  = "Skipping scheduler in worker process"
)

// TestService starts each build as an operator does, with a real Postgres and the upstream, and holds it to what its
// configuration says: workers, schedulers, connections, rows, and an orderly end.
func TestService(t *testing.T) {
	for _, c := range []struct {
		command  []string
		workers  int
		says     map[string]int // log lines, how often
		variant  string
		poolsTLS bool
	}{
		{[]string{"before"}, 5, map[string]int{inWorker: 5, inMaster: 0, skipped: 0}, "cpu*2+1 5 1000/3600s every-worker per-request", false},
		{[]string{"after"}, 3, map[string]int{inWorker: 0, inMaster: 1, skipped: 3}, "cpu+1 3 500/1800s master pooled", true},
		{[]string{"ablate", "-fix-workers", "-fix-scheduler"}, 3, map[string]int{inWorker: 0, inMaster: 1, skipped: 3},
			"cpu+1 3 1000/3600s master per-request", false},
		{[]string{"preload"}, 3, map[string]int{inWorker: 0, inMaster: 1, skipped: 3, "Preloaded the catalogue": 1},
			"cpu+1 3 500/1800s master pooled", true},
		{[]string{"single"}, 1, map[string]int{inWorker: 0, inMaster: 0, skipped: 0, inSingle: 1, "Booting worker": 0, "level=ERROR": 0},
			"1 1 never in-process pooled", true},
	} {
		t.Run(strings.Join(c.command, " "), func(t *testing.T) {
			s := startService(t, nil, c.command...)
			var v map[string]string
			s.get("/variantz", &v)
			if got := strings.Join([]string{v["workers"], v["worker_count"], v["recycling"], v["scheduler"], v["ai_client"]}, " "); got != c.variant {
				t.Errorf("/variantz says %s, want %s", got, c.variant)
			}
			const inTurn, atOnce = 20, 60
			s.serves(1, inTurn)
			s.opened(inTurn, c.workers, c.poolsTLS)
			s.serves(4, atOnce)
			s.stop()
			for line, want := range c.says {
				if got := strings.Count(s.Output(), line); got != want {
					t.Errorf("the log has %q %d times, want %d", line, got, want)
				}
			}
		})
	}
}

// TestSingleStopsUnderLoad: a request gets its answer, or finds nobody, and every answer has its row.
func TestSingleStopsUnderLoad(t *testing.T) {
	s := startService(t, nil, "single")
	var answered atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for status := http.StatusOK; status == http.StatusOK; {
				var answer string
				status, answer = request(t, http.MethodPost, s.url+"/v1/chat", `{"model":"gpt-4","prompt":"refund"}`,
					map[string]string{"Authorization": "Bearer key-1"})
				switch status {
				case http.StatusOK:
					answered.Add(1)
				case 0:
				default:
					t.Errorf("a request while the process stops: %d %s", status, answer)
				}
			}
		})
	}
	for answered.Load() < 20 && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
	s.stop()
	all.Wait()
	conn, err := pgx.Connect(context.Background(), s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var rows int64
	const query = "SELECT count(*) FROM usage_ledger WHERE request_id NOT LIKE 'seed-%'"
	if err := conn.QueryRow(context.Background(), query).Scan(&rows); err != nil || rows != answered.Load() {
		t.Errorf("%d answers and %d rows (%v)", answered.Load(), rows, err)
	}
}

// TestEnvironmentFaults: a message that names the variable and status 2, before anything starts.
func TestEnvironmentFaults(t *testing.T) {
	good := []string{"DATABASE_URL=postgres://db/x", "AI_URL=https://upstream:8443"}
	for _, c := range []struct {
		env  []string
		args []string
		says string
	}{
		{nil, nil, "DATABASE_URL"},
		{good[:1], nil, "AI_URL"},
		{append([]string{"GUNICORN_WORKERS=none"}, good...), nil, "GUNICORN_WORKERS"},
		{append([]string{"GUNICORN_BIND=8000"}, good...), nil, "GUNICORN_BIND"},
		{append([]string{"AI_CA_PEM=x"}, good...), nil, "AI_CA_PEM"},
		{append([]string{"GOMAXPROCS=0.5"}, good...), nil, "GOMAXPROCS"},
		{good, []string{"-workers", "5"}, "cpu*2+1"},
		{good, []string{"stray"}, "stray"},
	} {
		command := "before"
		if c.args != nil {
			command = "ablate"
		}
		p := proctest.Start(t, filepath.Join(bin(t), command), c.env, c.args...)
		if status := p.Exit(t); status != 2 || !strings.Contains(p.Output(), c.says) || strings.Contains(p.Output(), "listening") {
			t.Errorf("%v %v: status %d and\n%s", c.env, c.args, status, p.Output())
		}
	}
}

// service is a running build with its database and upstream.
type service struct {
	*proctest.Process
	t          *testing.T
	url, admin string
	database   string
}

// startService adds settings to the environment that every build needs.
func startService(t *testing.T, settings []string, command ...string) *service {
	t.Helper()
	return startServiceAt(t, proctest.FreeAddress(t), settings, command...)
}

func startServiceAt(t *testing.T, bind string, settings []string, command ...string) *service {
	t.Helper()
	database := pgtest.Database(t)
	seed := proctest.Start(t, filepath.Join(bin(t), "seed"), []string{"DATABASE_URL=" + database}, "-passages", "300", "-keys", "2", "-ledger", "500")
	if status := seed.Exit(t); status != 0 {
		t.Fatalf("seed: status %d", status)
	}
	upstream, admin := proctest.FreeAddress(t), proctest.FreeAddress(t)
	provider := proctest.Start(t, filepath.Join(bin(t), "upstream"), nil, "-addr", upstream, "-admin", admin, "-median", "5ms")
	authority := until(t, provider, "http://"+admin+"/ca.pem")
	env := []string{"DATABASE_URL=" + database, "AI_URL=https://" + upstream, "AI_CA_PEM=" + authority,
		"GUNICORN_BIND=" + bind, "GOMAXPROCS=2"}
	s := &service{t: t, url: "http://" + bind, admin: "http://" + admin, database: database,
		Process: proctest.Start(t, filepath.Join(bin(t), command[0]), append(env, settings...), command[1:]...)}
	until(t, s.Process, s.url+"/healthz/ready")
	return s
}

// stop holds an orderly end.
func (s *service) stop() {
	s.t.Helper()
	if err := s.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if status := s.Exit(s.t); status != 0 {
		s.t.Errorf("exit status %d after TERM, want 0", status)
	}
}

func (s *service) get(path string, into any) {
	s.t.Helper()
	status, body := request(s.t, http.MethodGet, s.url+path, "", map[string]string{"Authorization": "Bearer key-1"})
	if err := json.Unmarshal([]byte(body), into); status != http.StatusOK || err != nil {
		s.t.Fatalf("GET %s: %d %s (%v)", path, status, body, err)
	}
}

func (s *service) billed() int {
	s.t.Helper()
	var used struct {
		Requests int `json:"requests"`
	}
	s.get("/v1/usage", &used)
	return used.Requests
}

// serves sends requests from so many clients and holds that each is answered and billed once.
func (s *service) serves(clients, n int) {
	s.t.Helper()
	before := s.billed()
	var answered atomic.Int64
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range n / clients {
				body := fmt.Sprintf(`{"model":"gpt-4","prompt":"Where is refund %d of client %d?"}`, i, c)
				status, answer := request(s.t, http.MethodPost, s.url+"/v1/chat", body, map[string]string{"Authorization": "Bearer key-1"})
				if status != http.StatusOK {
					s.t.Errorf("request %d of client %d: %d %s", i, c, status, answer)
					continue
				}
				answered.Add(1)
			}
		})
	}
	all.Wait()
	if got := s.billed() - before; int64(got) != answered.Load() {
		s.t.Errorf("%d answers and %d billed", answered.Load(), got)
	}
}

// opened holds the upstream's count of connections after requests that came one after the other: one a request, or no more
// than one a worker. Of requests at once nothing is held: net/http opens a connection for each request that finds none idle,
// and gives the request another one that comes back before the new one stands, so a pool may open more than it has users.
func (s *service) opened(requests, workers int, pooled bool) {
	s.t.Helper()
	status, body := request(s.t, http.MethodGet, s.admin+"/stats", "", nil)
	var stats struct {
		Requests int `json:"requests"`
		Opened   int `json:"connections_opened"`
	}
	if err := json.Unmarshal([]byte(body), &stats); err != nil || status != http.StatusOK || stats.Requests != requests {
		s.t.Fatalf("the upstream's stats are %s (%v), want %d requests", body, err, requests)
	}
	if pooled && stats.Opened > workers || !pooled && stats.Opened != requests {
		s.t.Errorf("%d connections for %d requests in turn, with %d workers and pooling %v", stats.Opened, requests, workers, pooled)
	}
}

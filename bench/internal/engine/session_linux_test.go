package engine

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

func TestTrials(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		s := open(t, kind, scenarioOf("good", "deaf", "exit", "unready"))
		t.Run("good", func(t *testing.T) { testGood(t, s) })
		t.Run("dependencies", func(t *testing.T) { testDependencies(t, s) })
		t.Run("fresh database", func(t *testing.T) { testFresh(t, s) })
		t.Run("status of its own", func(t *testing.T) { testOwnStatus(t, s) })
		t.Run("dies", func(t *testing.T) { testDies(t, s) })
		if s.Capabilities().LimitsMemory {
			t.Run("out of memory", func(t *testing.T) { testOutOfMemory(t, s) })
		}
		t.Run("exits at start", func(t *testing.T) { testExits(t, s) })
		t.Run("never ready", func(t *testing.T) { testUnready(t, s) })
		t.Run("unknown name", func(t *testing.T) { testUnknown(t, s) })
		t.Run("cancelled", func(t *testing.T) { testCancelled(t, s) })
		t.Run("facts", func(t *testing.T) { testFacts(t, s) })
	})
}

// start starts a trial that is stopped with the test.
func start(t *testing.T, s *Session, variant string) (*experiment.Subject, string) {
	t.Helper()
	dir := t.TempDir()
	subject, err := s.Start(t.Context(), plan(s, variant, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := subject.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return subject, filepath.Join(dir, "variant.log")
}

func testGood(t *testing.T, s *Session) {
	subject, log := start(t, s, "good")
	said, err := subject.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(said["upstream"], "https://") || !strings.HasPrefix(said["ca"], "the CA of ") {
		t.Errorf("upstream %q, authority %q", said["upstream"], said["ca"])
	}
	delete(said, "upstream")
	delete(said, "ca")
	if want := map[string]string{"word": "the word", "cpus": "1", "good": "true", "cpuset": "1"}; !maps.Equal(said, want) {
		t.Errorf("it says %v, want %v", said, want)
	}
	before := count(t, subject)
	post(t, subject, "/row")
	after := count(t, subject)
	if before["ledger.rows"] != 3 || after["ledger.rows"] != 4 {
		t.Errorf("ledger.rows went from %v to %v, want 3 to 4", before["ledger.rows"], after["ledger.rows"])
	}
	if after["upstream.requests"] != before["upstream.requests"]+1 || after["upstream.latency_p50_ms"] != 1.5 {
		t.Errorf("the upstream's counters went from %v to %v", before, after)
	}
	for _, name := range []string{"postgres.cpu_seconds", "upstream.cpu_seconds"} {
		// The host's kernel counts in ticks, and the upstream may have used none.
		if was, ok := before[name]; !ok || name == "postgres.cpu_seconds" && was <= 0 || after[name] < was {
			t.Errorf("%s went from %v (%t) to %v", name, was, ok, after[name])
		}
	}
	checkSamples(t, s, subject)
	exit, err := subject.Stop(t.Context())
	if err != nil || exit != (record.Exit{}) {
		t.Errorf("Stop: %+v, %v", exit, err)
	}
	if again, err := subject.Stop(t.Context()); err != nil || again != exit {
		t.Errorf("Stop again: %+v, %v", again, err)
	}
	if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "line 0\n") {
		t.Errorf("variant.log: %q, %v", text, err)
	}
	if left, err := postgres.Sessions(t.Context(), s.databases.Server.Outer.String()); err != nil || len(left) != 1 {
		t.Errorf("the databases are of %q (%v), want the template's alone", left, err)
	}
}

func count(t *testing.T, subject *experiment.Subject) record.Counters {
	t.Helper()
	c, err := subject.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func post(t *testing.T, subject *experiment.Subject, path string) {
	t.Helper()
	resp, err := http.Post(subject.URL+path, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: %s: %s", path, resp.Status, body)
	}
}

// checkSamples takes a few samples, twice; they must have the service and its child.
func checkSamples(t *testing.T, s *Session, subject *experiment.Subject) {
	t.Helper()
	for range 2 {
		var last metric.Sample
		n := 0
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		err := subject.Sample(ctx, func(sample metric.Sample) error {
			if last, n = sample, n+1; n == 3 {
				cancel()
			}
			return nil
		})
		cancel()
		if err != nil || n < 3 {
			t.Fatalf("%d samples, %v", n, err)
		}
		if len(last.Processes) != 2 {
			t.Errorf("%d processes, want the service and its child: %+v", len(last.Processes), last)
		}
		if contained := s.Capabilities().Contained(); contained != (last.Cgroup != nil) {
			t.Errorf("cgroup %+v", last.Cgroup)
		}
	}
	mine := errors.New("disk full")
	if err := subject.Sample(t.Context(), func(metric.Sample) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("Sample returned %v, want the sink's error", err)
	}
}

func testFresh(t *testing.T, s *Session) {
	subject, _ := start(t, s, "good")
	if rows := count(t, subject)["ledger.rows"]; rows != 3 {
		t.Errorf("%v rows, want the template's 3", rows)
	}
}

func testOwnStatus(t *testing.T, s *Session) {
	subject, _ := start(t, s, "deaf")
	exit, err := subject.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if exit.Code != 7 || exit.Unasked || !strings.HasSuffix(exit.LastLines, "asked to stop") {
		t.Errorf("%+v", exit)
	}
}

func testDies(t *testing.T, s *Session) {
	subject, _ := start(t, s, "good")
	if resp, err := http.Post(subject.URL+"/die", "", nil); err == nil {
		resp.Body.Close()
		t.Error("it still answers")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := subject.Sample(ctx, func(metric.Sample) error { return nil }); err == nil {
		t.Error("Sample ended without an error")
	}
	exit, err := subject.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if exit.Code != 9 || !exit.Unasked || exit.OOMKilled || !strings.HasSuffix(exit.LastLines, "dying") {
		t.Errorf("%+v", exit)
	}
}

func testOutOfMemory(t *testing.T, s *Session) {
	subject, _ := start(t, s, "good")
	if resp, err := http.Post(subject.URL+"/eat", "", nil); err == nil {
		resp.Body.Close()
		t.Error("it still answers")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := subject.Sample(ctx, func(metric.Sample) error { return nil }); err == nil {
		t.Error("Sample ended without an error")
	}
	exit, err := subject.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if exit.Code != -1 || !exit.Unasked || !exit.OOMKilled {
		t.Errorf("%+v", exit)
	}
}

// startFails starts a trial that must fail with an error that has all of want, and
// leave no process and no database.
func startFails(t *testing.T, ctx context.Context, s *Session, variant string, want ...string) error {
	t.Helper()
	_, err := s.Start(ctx, plan(s, variant, t.TempDir()))
	if err == nil {
		t.Fatal("it started")
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q:\n%v", text, err)
		}
	}
	for _, left := range remains(t, s.left) {
		if strings.Contains(left, "variant-") || strings.Contains(left, "/service:") {
			t.Errorf("left behind: %s", left)
		}
	}
	return err
}

// blamed checks whether an error of Start is a failure of the service.
func blamed(t *testing.T, err error, want bool) {
	t.Helper()
	if got := errors.As(err, new(experiment.ServiceFailure)); got != want {
		t.Errorf("a failure of the service: %t, want %t: %v", got, want, err)
	}
}

func testExits(t *testing.T, s *Session) {
	err := startFails(t, t.Context(), s, "exit",
		`variant "exit": start: exited with status 3 before it was ready; its last lines:`, "line 29\n  no such luck")
	blamed(t, err, true)
}

func testUnready(t *testing.T, s *Session) {
	within := s.scenario.Ready.Within
	s.scenario.Ready.Within = 2 * time.Second
	defer func() { s.scenario.Ready.Within = within }()
	err := startFails(t, t.Context(), s, "unready",
		`variant "unready": start: not ready within 2s; the last answer: GET http://`, "503 Service Unavailable: still counting sheep", "line 29")
	blamed(t, err, true)
}

func testUnknown(t *testing.T, s *Session) {
	s.scenario.Env["BAD"] = "${nope}"
	defer delete(s.scenario.Env, "BAD")
	blamed(t, startFails(t, t.Context(), s, "good", `variant "good": env BAD: ${nope} is unknown`), false)
}

func testCancelled(t *testing.T, s *Session) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	blamed(t, startFails(t, ctx, s, "unready", `variant "unready": `, context.DeadlineExceeded.Error()), false)
}

func testFacts(t *testing.T, s *Session) {
	facts := s.Facts()
	want := []string{"engine", "engine.why", "kernel", "limits", "binary.variant.good", "postgres.version", "postgres.data", "postgres.settings"}
	if s.Capabilities().Contained() {
		want = append(want, "docker.version", "docker.api", "image.variant.good", "postgres.base", "postgres.image")
	}
	for _, name := range want {
		if facts[name] == "" {
			t.Errorf("no fact %q in %v", name, facts)
		}
	}
	if charged := facts["docker.cgroup"] == "1"; charged != s.Capabilities().ChargesCaches || charged != (facts[experiment.FactDiscarded] != "") {
		t.Errorf("the daemon's cgroup is v%s, caches are charged %t, and the fact is %q", facts["docker.cgroup"], s.Capabilities().ChargesCaches, facts[experiment.FactDiscarded])
	}
	password, _ := s.databases.Server.Outer.User.Password()
	for name, fact := range facts {
		if strings.Contains(fact, password) {
			t.Errorf("the fact %q shows the password: %q", name, fact)
		}
	}
}

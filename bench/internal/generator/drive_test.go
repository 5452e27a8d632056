package generator_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/generator"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// attack is a load of one phase.
func attack(rate metric.Rate, d time.Duration, workers int) scenario.Attack {
	return scenario.Attack{
		Targets: []load.Target{{Method: "POST", Path: "/", Body: `{"seq": {{.Seq}}}`, Timeout: 5 * time.Second}},
		Phases:  []load.Phase{{Name: "only", Rate: rate, For: d}},
		Workers: workers, KeepAlive: time.Minute,
	}
}

func drive(t *testing.T, h http.HandlerFunc, a scenario.Attack) ([]metric.Hit, record.LoadReport) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	var hits []metric.Hit
	report, err := generator.Drive(t.Context(), server.URL, a, func(h metric.Hit) error { hits = append(hits, h); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return hits, report
}

// TestDriveSendsEveryHitOnce: vegeta, stopped by duration, would silently drop some.
func TestDriveSendsEveryHitOnce(t *testing.T) {
	var mu sync.Mutex
	seen := map[int]int{}
	a := attack(2000, 500*time.Millisecond, 8)
	a.Phases = append(a.Phases, load.Phase{Name: "slower", Rate: 200, For: 500 * time.Millisecond})
	hits, report := drive(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Seq int }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		mu.Lock()
		seen[body.Seq]++
		mu.Unlock()
	}, a)
	if len(hits) != 1100 || report.Offered != 1100 || report.Sent != 1100 || len(seen) != 1100 {
		t.Fatalf("%d hits, report %+v, %d bodies seen; want 1100 of each", len(hits), report, len(seen))
	}
	slices.SortFunc(hits, func(a, b metric.Hit) int { return int(a.Seq) - int(b.Seq) })
	for i, h := range hits {
		if h.Seq != uint64(i) || h.Status != 200 || h.Sent < h.Intended || h.Done < h.Sent {
			t.Fatalf("hit %d is %+v", i, h)
		}
	}
	if got := hits[1000].Intended; got != 500*time.Millisecond {
		t.Errorf("the second phase's first hit is due at %v, want 500ms", got)
	}
	if got := hits[1001].Intended - hits[1000].Intended; got != 5*time.Millisecond {
		t.Errorf("its hits are %v apart, want 5ms", got)
	}
}

// echo answers each request with its path and body, some later than others, and records
// them by number.
type echo struct {
	mu   sync.Mutex
	seen map[string]string
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	seq, what := r.Header.Get("X-Vegeta-Seq"), r.URL.Path+" "+string(body)
	e.mu.Lock()
	e.seen[seq] = what
	e.mu.Unlock()
	n, _ := strconv.Atoi(seq)
	time.Sleep(time.Duration(n%7) * time.Millisecond)
	w.WriteHeader(200 + n%2)
	_, _ = io.WriteString(w, what)
}

// TestDrivesOfOneSeedAreTheSame: the sequence, its mix and its Poisson times;
// and each hit has the digest of its own answer, though they overlap.
func TestDrivesOfOneSeedAreTheSame(t *testing.T) {
	a := scenario.Attack{
		Targets: []load.Target{
			{Name: "chat", Weight: 3, Method: "POST", Path: "/chat", Body: `{{.Seq}} {{.Int 1000}} {{.Row.key}}`, Timeout: time.Minute, Rows: []load.Row{{"key": "a"}, {"key": "b"}}},
			{Name: "list", Weight: 1, Method: "GET", Path: `/list/{{.Int 1000}}`, Timeout: time.Minute},
		},
		Arrivals: load.Poisson, Seed: 11, Workers: 16, KeepAlive: time.Minute, Digests: true,
		Phases: []load.Phase{{Name: "up", Rate: 200, To: 600, For: time.Second}},
	}
	run := func() (map[string]string, []metric.Hit) {
		e := &echo{seen: map[string]string{}}
		hits, _ := drive(t, e.ServeHTTP, a)
		slices.SortFunc(hits, func(a, b metric.Hit) int { return int(a.Seq) - int(b.Seq) })
		return e.seen, hits
	}
	seen, hits := run()
	again, others := run()
	if !maps.Equal(seen, again) || len(hits) != 400 || len(others) != 400 {
		t.Fatalf("two drives of one seed sent other requests: %d and %d hits", len(hits), len(others))
	}
	lists := 0
	for i, h := range hits {
		lists += h.Target
		what := seen[strconv.Itoa(i)]
		if want := generator.Digest(200+i%2, what); h.Digest != want || h.BytesIn != int64(len(what)) {
			t.Fatalf("hit %d has the digest %x and %d bytes of another answer, want %x and %d", i, h.Digest, h.BytesIn, want, len(what))
		}
		if o := others[i]; h.Intended != o.Intended || h.Target != o.Target || h.Digest != o.Digest {
			t.Fatalf("hit %d is %+v, then %+v", i, h, o)
		}
		if strings.HasPrefix(what, "/list") != (h.Target == 1) {
			t.Fatalf("hit %d of target %d asked for %s", i, h.Target, what)
		}
	}
	if lists < 60 || lists > 140 {
		t.Errorf("%d of 400 hits went to a target of weight 1 in 4", lists)
	}
}

// TestDriveGivesNoDigestOfHalfAnAnswer, nor of a response that never came.
func TestDriveGivesNoDigestOfHalfAnAnswer(t *testing.T) {
	hits, _ := drive(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	}, attack(50, 100*time.Millisecond, 2))
	for _, h := range hits {
		if h.Digest != 0 || h.BytesIn != 0 || !strings.Contains(h.Error, "EOF") {
			t.Errorf("half an answer is %+v", h)
		}
	}
	a := attack(50, 100*time.Millisecond, 8)
	a.Targets[0].Timeout = 50 * time.Millisecond
	hits, _ = drive(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}, a)
	for _, h := range hits {
		if h.Digest != 0 || h.Error != "no answer within 50ms" {
			t.Errorf("no answer is %+v", h)
		}
	}
}

func TestDriveReportsFailures(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	var hits []metric.Hit
	if _, err := generator.Drive(t.Context(), server.URL, attack(50, 200*time.Millisecond, 2), func(h metric.Hit) error { hits = append(hits, h); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, h := range hits {
		if h.OK() || h.Status != 0 || !strings.Contains(h.Error, "refused") {
			t.Errorf("a hit on a closed port is %+v", h)
		}
	}
	if len(hits) != 10 {
		t.Errorf("%d hits, want 10", len(hits))
	}
	notFound, _ := drive(t, http.NotFound, attack(50, 100*time.Millisecond, 2))
	if h := notFound[0]; h.OK() || h.Status != 404 || h.Error != "" {
		t.Errorf("a 404 is %+v", h)
	}
}

// TestDriveEndsWithItsContext while a request hangs.
func TestDriveEndsWithItsContext(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	a := attack(10, time.Hour, 4)
	a.Targets[0].Timeout = time.Hour
	if _, err := generator.Drive(ctx, server.URL, a, func(metric.Hit) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestDriveStopsWhenTheSinkFails(t *testing.T) {
	full := errors.New("disk full")
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	_, err := generator.Drive(t.Context(), server.URL, attack(100, time.Hour, 2), func(metric.Hit) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("error %v, want the sink's", err)
	}
}

// TestDriveKeepsConnections: with one request at a time, one connection serves.
func TestDriveKeepsConnections(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "answer")
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	_, err := generator.Drive(t.Context(), server.URL, attack(200, 500*time.Millisecond, 1), func(h metric.Hit) error {
		if h.BytesIn != 6 {
			t.Errorf("%d bytes came in, want 6", h.BytesIn)
		}
		return nil
	})
	if err != nil || opened.Load() != 1 {
		t.Errorf("%d connections for 100 requests of one worker, error %v", opened.Load(), err)
	}
}

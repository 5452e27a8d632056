package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/load"
)

// attack is a load of one phase.
func attack(rate bench.Rate, d time.Duration, workers int) bench.Attack {
	return bench.Attack{
		Targets: []bench.Target{{Method: "POST", Path: "/", Body: `{"seq": {{.Seq}}}`, Timeout: 5 * time.Second}},
		Phases:  []bench.Phase{{Name: "only", Rate: rate, For: d}},
		Workers: workers,
	}
}

func drive(t *testing.T, h http.HandlerFunc, a bench.Attack) ([]bench.Hit, bench.LoadReport) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	var hits []bench.Hit
	report, err := load.Drive(t.Context(), server.URL, a, func(h bench.Hit) error { hits = append(hits, h); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return hits, report
}

// TestDriveSendsEveryHitOnce: vegeta, stopped by duration, would drop some
// without a word.
func TestDriveSendsEveryHitOnce(t *testing.T) {
	var mu sync.Mutex
	seen := map[int]int{}
	a := attack(2000, 500*time.Millisecond, 8)
	a.Phases = append(a.Phases, bench.Phase{Name: "slower", Rate: 200, For: 500 * time.Millisecond})
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
	slices.SortFunc(hits, func(a, b bench.Hit) int { return int(a.Seq) - int(b.Seq) })
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

// TestDriveCountsTheWait is coordinated omission: a service that stalls for a
// second, at 100 requests a second with two workers, makes about a hundred
// users wait. Measured from the sending, two would have.
func TestDriveCountsTheWait(t *testing.T) {
	const stall = time.Second
	var once sync.Once
	var mu sync.RWMutex
	hits, _ := drive(t, func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { mu.Lock(); time.Sleep(stall); mu.Unlock() })
		mu.RLock()
		defer mu.RUnlock()
	}, attack(100, 2*time.Second, 2))
	slow, slowFromSending := 0, 0
	for _, h := range hits {
		if h.ResponseTime() > stall/10 {
			slow++
		}
		if h.Done-h.Sent > stall/10 {
			slowFromSending++
		}
	}
	// Hits due in the first 900 ms wait more than 100 ms: 90 of them.
	if slow < 85 || slowFromSending > 10 {
		t.Errorf("%d hits were slow from the intended time, %d from the sending; want about 90 and 2", slow, slowFromSending)
	}
}

func TestDriveReportsFailures(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	var hits []bench.Hit
	if _, err := load.Drive(t.Context(), server.URL, attack(50, 200*time.Millisecond, 2), func(h bench.Hit) error { hits = append(hits, h); return nil }); err != nil {
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
	if _, err := load.Drive(ctx, server.URL, a, func(bench.Hit) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestDriveStopsWhenTheSinkFails(t *testing.T) {
	full := errors.New("disk full")
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	_, err := load.Drive(t.Context(), server.URL, attack(100, time.Hour, 2), func(bench.Hit) error { return full })
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
	_, err := load.Drive(t.Context(), server.URL, attack(200, 500*time.Millisecond, 1), func(h bench.Hit) error {
		if h.BytesIn != 6 {
			t.Errorf("%d bytes came in, want 6", h.BytesIn)
		}
		return nil
	})
	if err != nil || opened.Load() != 1 {
		t.Errorf("%d connections for 100 requests of one worker, error %v", opened.Load(), err)
	}
}

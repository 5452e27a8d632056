package record_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// TestWaited: a failed hit waits its whole time-out, an answered hit its response time.
func TestWaited(t *testing.T) {
	t.Parallel()
	const timeout = 2 * time.Second
	for _, tt := range []struct {
		name   string
		took   time.Duration
		status int
		err    string
		want   time.Duration
	}{
		{"answered", 30 * time.Millisecond, 200, "", 30 * time.Millisecond},
		{"answered late, after a queue of the generator", 3 * time.Second, 204, "", 3 * time.Second},
		{"turned away at once", time.Millisecond, 503, "", timeout},
		{"redirected", time.Millisecond, 302, "", timeout},
		{"refused", time.Microsecond, 0, "connection refused", timeout},
		{"broken off", time.Millisecond, 200, "unexpected EOF", timeout},
		{"no answer, after a queue of the generator", 2500 * time.Millisecond, 0, "no answer", 2500 * time.Millisecond},
	} {
		h := metric.Hit{Intended: time.Second, Sent: time.Second, Done: time.Second + tt.took, Status: tt.status, Error: tt.err}
		if got := h.Waited(timeout); got != tt.want {
			t.Errorf("%s: waited %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestAskedRefusesATargetThatIsNotThere(t *testing.T) {
	t.Parallel()
	mix := []load.Target{{Name: "a"}, {Name: "b"}}
	for _, target := range []int{-1, 2} {
		if got, err := scenario.Asked(metric.Hit{Target: target}, mix); err == nil {
			t.Errorf("target %d is %v", target, got)
		}
	}
	if got, err := scenario.Asked(metric.Hit{Target: 1}, mix); err != nil || got.Name != "b" {
		t.Errorf("target 1 is %v, %v", got, err)
	}
}

// TestAllWaitsAreWaited: no code that shows, judges or exports a hit uses its raw
// response time. With it, a service that refuses requests would look fast.
func TestAllWaitsAreWaited(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || path == "hit.go" {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), ".ResponseTime()") {
			t.Errorf("%s takes a hit's response time: take Waited, in which a failed hit waits its time-out", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

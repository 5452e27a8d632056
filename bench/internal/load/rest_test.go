package load

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

// TestRest: phases without requests last as long as they say, wherever they stand.
func TestRest(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer server.Close()
	rest := bench.Phase{Name: "rest", For: 300 * time.Millisecond}
	busy := bench.Phase{Name: "busy", Rate: 100, For: 100 * time.Millisecond}
	for _, tt := range []struct {
		phases []bench.Phase
		hits   int
	}{
		{[]bench.Phase{rest}, 0},
		{[]bench.Phase{busy, rest}, 10},
		{[]bench.Phase{rest, busy, rest}, 10},
	} {
		var hits []bench.Hit
		began := time.Now()
		report, err := Drive(t.Context(), server.URL, bench.Attack{Targets: []bench.Target{{Method: "GET", Path: "/"}}, Phases: tt.phases, Seed: 1, Workers: 4},
			func(h bench.Hit) error { hits = append(hits, h); return nil })
		if err != nil || len(hits) != tt.hits || report.Sent != uint64(tt.hits) || report.Began.IsZero() {
			t.Errorf("%d hits, %+v, %v, want %d", len(hits), report, err, tt.hits)
		}
		var long time.Duration
		for _, p := range tt.phases {
			long += p.For
		}
		if took := time.Since(began); took < long {
			t.Errorf("it was over after %v of %v", took, long)
		}
		if tt.phases[0].Rests() {
			for _, h := range hits {
				if h.Intended < rest.For {
					t.Errorf("a hit in the rest: %+v", h)
				}
			}
		}
	}
}

package bench_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/lab"
)

// TestThirdParty measures a program that nobody here wrote, on each engine. What
// is known of it without measuring is how many processes it has; and that what six
// more of them cost is six times what one has of its own.
func TestThirdParty(t *testing.T) {
	for _, kind := range []engine.Kind{engine.Docker, engine.Host} {
		t.Run(string(kind), func(t *testing.T) {
			if _, _, err := engine.Choose(t.Context(), kind); err != nil {
				if kind == engine.Host || os.Getenv("MEMPROOF_REQUIRE_DOCKER") != "" {
					t.Fatal(err)
				}
				t.Skipf("this machine has no such engine: %v", err)
			}
			nginx(t, kind)
		})
	}
}

func nginx(t *testing.T, kind engine.Kind) {
	var out bytes.Buffer
	v, err := lab.Run(t.Context(), lab.Options{
		Scenario: filepath.Join("testdata", "thirdparty", "nginx.yaml"), Engine: kind, Dir: filepath.Join(t.TempDir(), "run"), Out: &out,
	})
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != bench.Recorded {
		t.Fatalf("the outcome is %s: %q", v.Outcome, v.Reasons)
	}
	mean := func(variant string, m bench.Metric) float64 {
		s, ok := v.Summary(variant, m)
		if !ok {
			t.Fatalf("%s of %s was not measured", m, variant)
		}
		return s.Mean
	}
	for variant, want := range map[string]float64{"two": 3, "eight": 9} {
		if got := mean(variant, bench.Processes); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s has %v processes, want the master and its workers, %v", variant, got, want)
		}
		if got := mean(variant, bench.Errors); got != 0 {
			t.Errorf("%v of the requests to %s failed", got, variant)
		}
	}
	more, each := mean("eight", bench.PSSMean)-mean("two", bench.PSSMean), mean("eight", bench.WorkerUSS)
	// What all share weighs the same in both sums of PSS, so the rest is the
	// workers' own.
	if math.Abs(more-6*each) > 0.15*6*each {
		t.Errorf("six more workers have %.0f bytes of PSS more, and one has %.0f of its own", more, each)
	}
	if kind == engine.Docker { // the kernel's account has their page tables and stacks besides
		charged := mean("eight", bench.MemoryMean) - mean("two", bench.MemoryMean)
		if charged < more {
			t.Errorf("the container is charged %.0f bytes more for six more workers, less than their PSS, %.0f", charged, more)
		}
	}
}

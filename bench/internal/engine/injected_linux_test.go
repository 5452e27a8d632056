package engine

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// TestInjected: the memory and the delay of a control are added from outside, and nothing
// else of the variant changes.
func TestInjected(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		const memory, delay = 48 << 20, 50 * time.Millisecond
		sc := scenarioOf("deaf")
		sc.Controls = &scenario.Controls{Baseline: "deaf"}
		s := open(t, kind, sc)
		p := plan(s, "deaf", t.TempDir())
		plain := startPlan(t, s, p)
		without, quick := memoryOf(t, plain), responseTime(t, plain.URL)
		if _, err := plain.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Position, p.Arm.Injected = 2, &scenario.Injection{Memory: memory, Delay: delay}
		injected := startPlan(t, s, p)
		with, slow := memoryOf(t, injected), responseTime(t, injected.URL)
		// The holder's own runtime comes on top.
		if added := int64(with) - int64(without); added < memory || added > memory+memory/10 {
			t.Errorf("%d bytes became %d, %d more; want %d, and at most a tenth more", without, with, added, memory)
		}
		if slow < delay || slow < quick { // the relay's own test has the upper limit
			t.Errorf("an answer took %v, and %v without the delay of %v", slow, quick, delay)
		}
		if said, err := injected.Describe(t.Context()); err != nil || said["word"] != "the word" {
			t.Errorf("it says %v, %v", said, err)
		}
		exit, err := injected.Stop(t.Context())
		if err != nil || exit.Code != 7 { // the signal and the status are the program's own
			t.Errorf("it ended with %+v, %v; want status 7", exit, err)
		}
	})
}

func startPlan(t *testing.T, s *Session, p experiment.TrialPlan) *experiment.Subject {
	t.Helper()
	subject, err := s.Start(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := subject.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return subject
}

// memoryOf returns the lowest memory of some samples, in bytes: start-up takes more.
func memoryOf(t *testing.T, subject *experiment.Subject) (lowest uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	basis, n := metric.BasisPSS, 0
	err := subject.Sample(ctx, func(s metric.Sample) error {
		if s.Cgroup != nil {
			basis = s.Cgroup.Basis()
		}
		bytes, ok := s.Memory(basis)
		if !ok {
			return nil
		}
		if lowest == 0 || bytes < lowest {
			lowest = bytes
		}
		if n++; n == 3 {
			cancel()
		}
		return nil
	})
	if err != nil || n < 3 {
		t.Fatalf("%d readings, %v", n, err)
	}
	return lowest
}

// responseTime returns the shortest response time of some requests.
func responseTime(t *testing.T, url string) time.Duration {
	t.Helper()
	fastest := time.Hour
	for range 5 {
		began := time.Now()
		resp, err := http.Get(url + "/describe")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		fastest = min(fastest, time.Since(began))
	}
	return fastest
}

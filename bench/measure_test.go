package bench_test

import (
	"math"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
)

// TestMeasureWithAVaryingRate: growth and processor time are by request, so
// they are those of the service however the requests are spread. Here each takes
// 3 ms and leaves 20 kB behind, in a window whose rate quadruples.
func TestMeasureWithAVaryingRate(t *testing.T) {
	const windowBegins = 4 // seconds after the start: idle and warm-up take two each
	f := newFakeRig()
	f.spoil = func(_ bench.TrialPlan, s *bench.Subject) {
		spoilSamples(s, func(i int, one *bench.Sample) {
			at := math.Max(0, float64(i-windowBegins))
			hits := 20*at + 3*at*at // the integral of 20/s to 80/s over 10 s
			cpu := 0.003 * hits
			one.Cgroup.Anon += uint64(20_000 * hits)
			one.Cgroup.CPUSeconds = &cpu
		})
	}
	v := execute(t, create(t, "name: window, rate: 50/s", "name: window, rate: 20/s, to: 80/s"), f)
	if got, ok := v.Summary("b", bench.MemoryGrowth); !ok || math.Abs(got.Mean-20e6) > 1 {
		t.Errorf("growth is %v bytes per 1,000 requests, want 20e6", got.Mean)
	}
	if got, ok := v.Summary("b", bench.CPUPerRequest); !ok || math.Abs(got.Mean-0.003) > 1e-9 {
		t.Errorf("a request took %v s of processor time, want 0.003", got.Mean)
	}
}

// TestMeasureTakesTheTimeoutOfTheTarget: a hit that failed counts as waiting for
// as long as its own target allows.
func TestMeasureTakesTheTimeoutOfTheTarget(t *testing.T) {
	f := newFakeRig()
	f.target = func(seq uint64) int { return int(seq % 2) }
	f.status = func(seq uint64) int { return 200 + 300*int(seq%2) }
	v := execute(t, create(t, "latency.p50", "latency.p75",
		"target: {path: /}", "max_errors: 60%\n  targets: [{name: x, path: /, timeout: 60s}, {name: y, path: /, timeout: 7s}]"), f)
	if got := v.Trials[0].Figures["latency.p75"]; got != 7 {
		t.Errorf("p75 is %v s, want the 7 s that the failing target allows", got)
	}
}

// TestMeasureRefusesATargetThatIsNone: such a file is not this scenario's.
func TestMeasureRefusesATargetThatIsNone(t *testing.T) {
	f := newFakeRig()
	f.target = func(uint64) int { return 1 }
	run := create(t)
	if err := bench.Execute(t.Context(), run, f.rig()); err == nil || !strings.Contains(err.Error(), "hit 0 has target 1, the scenario has 1") {
		t.Errorf("error %v does not name the hit", err)
	}
}

package bench_test

import (
	"fmt"
	"math"
	"path/filepath"
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

// TestMeasureCountsResetsApart: those of used connections, which may be no fault of
// the service's. Hits that do not say what they were sent on have no such figure.
func TestMeasureCountsResetsApart(t *testing.T) {
	f := newFakeRig()
	f.status = func(seq uint64) int { return 200 * int(min(seq%4, 1)) }
	f.connection = func(seq uint64) bench.Connection {
		return []bench.Connection{bench.ResetConnection, bench.UsedConnection, bench.NewConnection, bench.UsedConnection,
			bench.NewConnection, bench.UsedConnection, bench.NewConnection, bench.UsedConnection}[seq%8]
	}
	v := execute(t, create(t, "target: {path: /}", "target: {path: /}\n  max_errors: 30%"), f)
	figures := v.Trials[0].Figures
	if all, resets := figures[bench.Errors], figures[bench.ErrorsReset]; math.Abs(all-0.25) > 0.01 || math.Abs(resets-0.125) > 0.01 {
		t.Errorf("errors %v, of them resets %v; want 0.25 and 0.125", all, resets)
	}
	f.connection = nil
	v = execute(t, create(t, "target: {path: /}", "target: {path: /}\n  max_errors: 30%"), f)
	if resets, ok := v.Trials[0].Figures[bench.ErrorsReset]; ok {
		t.Errorf("of hits without connections %v are resets", resets)
	}
}

// TestResetsNameTheirRemedy where they are too many.
func TestResetsNameTheirRemedy(t *testing.T) {
	f := newFakeRig()
	f.status = func(uint64) int { return 0 }
	f.connection = func(uint64) bench.Connection { return bench.ResetConnection }
	v := execute(t, create(t), f)
	if why := fmt.Sprint(v.Trials[0].Failed); !strings.Contains(why, "load.keep_alive, 500ms") {
		t.Errorf("failed: %s", why)
	}
}

// TestMeasureRefusesMoreHitsThanWereScheduled, whatever trial.json says of them: a
// file that was made up could be larger than memory.
func TestMeasureRefusesMoreHitsThanWereScheduled(t *testing.T) {
	run := create(t)
	if err := bench.Execute(t.Context(), run, newFakeRig().rig()); err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join(run.Dir, "trials", "b01-1-*", "hits.csv.gz"))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	w, err := bench.CreateHits(all[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(601) { // 100 before and 500 in the window
		if err := w.Write(bench.Hit{Seq: i, Status: 200}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := bench.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bench.Judge(again); err == nil || !strings.Contains(err.Error(), "more hits than the 600 of the scenario's load") {
		t.Errorf("error %v", err)
	}
}

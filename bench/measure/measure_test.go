package measure_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/design"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// TestMeasureWithAVaryingRate: growth and processor time are per request, so the spread
// of the requests does not change them. Here each request takes 3 ms and leaves 20 kB,
// in a window whose rate quadruples.
func TestMeasureWithAVaryingRate(t *testing.T) {
	const windowBegins = 4 // seconds after the start: idle and warm-up take two each
	f := fakerig.New()
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(i int, one *metric.Sample) {
			at := math.Max(0, float64(i-windowBegins))
			hits := 20*at + 3*at*at // the integral of 20/s to 80/s over 10 s
			cpu := 0.003 * hits
			one.Cgroup.Anon += uint64(20_000 * hits)
			one.Cgroup.CPUSeconds = &cpu
		})
	}
	v := fakerig.Execute(t, fakerig.Create(t, "name: window, rate: 50/s", "name: window, rate: 20/s, to: 80/s"), f)
	if got, ok := v.Summary("b", metric.MemoryGrowth); !ok || math.Abs(got.Mean-20e6) > 1 {
		t.Errorf("growth is %v bytes per 1,000 requests, want 20e6", got.Mean)
	}
	if got, ok := v.Summary("b", metric.CPUPerRequest); !ok || math.Abs(got.Mean-0.003) > 1e-9 {
		t.Errorf("a request took %v s of processor time, want 0.003", got.Mean)
	}
}

// TestMeasureTakesTheTimeoutOfTheTarget: a failed hit waits for the time-out of its own
// target.
func TestMeasureTakesTheTimeoutOfTheTarget(t *testing.T) {
	f := fakerig.New()
	f.Hit = func(_ experiment.TrialPlan, h *metric.Hit) { h.Target = int(h.Seq % 2) }
	f.Status = func(seq uint64) int { return 200 + 300*int(seq%2) }
	v := fakerig.Execute(t, fakerig.Create(t, "latency.p50", "latency.p75",
		"target: {path: /}", "max_errors: 60%\n  targets: [{name: x, path: /, timeout: 60s}, {name: y, path: /, timeout: 7s}]"), f)
	if got := v.Trials[0].Figures["latency.p75"]; got != 7 {
		t.Errorf("p75 is %v s, want the 7 s that the failing target allows", got)
	}
}

// TestMeasureRefusesATargetThatIsNone: the scenario has no such target, so the file is
// another scenario's.
func TestMeasureRefusesATargetThatIsNone(t *testing.T) {
	f := fakerig.New()
	f.Hit = func(_ experiment.TrialPlan, h *metric.Hit) { h.Target = 1 }
	run := fakerig.Create(t)
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); err == nil || !strings.Contains(err.Error(), "hit 0 has target 1, and the scenario has 1") {
		t.Errorf("error %v does not name the hit", err)
	}
}

// TestMeasureCountsResetsApart: resets of reused connections are counted separately,
// because the service may not be at fault. Hits without a recorded connection have no
// such figure.
func TestMeasureCountsResetsApart(t *testing.T) {
	f := fakerig.New()
	f.Status = func(seq uint64) int { return 200 * int(min(seq%4, 1)) }
	f.Hit = func(_ experiment.TrialPlan, h *metric.Hit) {
		h.Connection = []metric.Connection{metric.ResetConnection, metric.UsedConnection, metric.NewConnection, metric.UsedConnection,
			metric.NewConnection, metric.UsedConnection, metric.NewConnection, metric.UsedConnection}[h.Seq%8]
	}
	v := fakerig.Execute(t, fakerig.Create(t, "target: {path: /}", "target: {path: /}\n  max_errors: 30%"), f)
	figures := v.Trials[0].Figures
	if all, resets := figures[metric.Errors], figures[metric.ErrorsReset]; math.Abs(all-0.25) > 0.01 || math.Abs(resets-0.125) > 0.01 {
		t.Errorf("errors %v, of them resets %v; want 0.25 and 0.125", all, resets)
	}
	f.Hit = nil
	v = fakerig.Execute(t, fakerig.Create(t, "target: {path: /}", "target: {path: /}\n  max_errors: 30%"), f)
	if resets, ok := v.Trials[0].Figures[metric.ErrorsReset]; ok {
		t.Errorf("of hits without connections %v are resets", resets)
	}
}

// TestResetsNameTheirRemedy: too many resets give a message with a remedy.
func TestResetsNameTheirRemedy(t *testing.T) {
	f := fakerig.New()
	f.Status = func(uint64) int { return 0 }
	f.Hit = func(_ experiment.TrialPlan, h *metric.Hit) { h.Connection = metric.ResetConnection }
	v := fakerig.Execute(t, fakerig.Create(t), f)
	if why := fmt.Sprint(v.Trials[0].Failed); !strings.Contains(why, "load.keep_alive, 500ms") {
		t.Errorf("failed: %s", why)
	}
}

// TestMeasureRefusesMoreHitsThanWereScheduled: the limit holds whatever trial.json
// says, because a forged file could be larger than memory.
func TestMeasureRefusesMoreHitsThanWereScheduled(t *testing.T) {
	run := fakerig.Create(t)
	if err := experiment.Conduct(t.Context(), design.Of(run), run, fakerig.New().Rig()); err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join(run.Dir, "trials", "b01-1-*", "hits.csv.gz"))
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	w, err := record.CreateHits(all[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(601) { // 100 before and 500 in the window
		if err := w.Write(metric.Hit{Seq: i, Status: 200}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := record.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verdict.Judge(again); err == nil || !strings.Contains(err.Error(), "more hits than the 600 of the scenario's load") {
		t.Errorf("error %v", err)
	}
}

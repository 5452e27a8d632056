package measure_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// TestRest: a window without requests has figures of memory, and none that need
// requests.
func TestRest(t *testing.T) {
	f := fakerig.New()
	_, claims, _ := strings.Cut(fakerig.Text, "blocks: 6")
	run := fakerig.Create(t, "  target: {path: /}\n", "", "rate: 50/s, for: 2s", "rate: 0/s, for: 2s", "rate: 50/s, for: 10s", "rate: 0/s, for: 10s", claims, `
claims:
  - {id: less, statement: it takes less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}
`)
	v := fakerig.Execute(t, run, f)
	if v.Outcome != verdict.Proven {
		t.Errorf("the outcome is %s: %q", v.Outcome, v.Reasons)
	}
	for _, m := range v.Trials {
		for _, name := range []metric.Name{"latency.p50", metric.Errors, metric.CPUPerRequest, metric.MemoryGrowth, metric.SendLagP99} {
			checkAbsent(t, m, name, "no request is sent")
		}
	}
	checkFigure(t, v.Trials[0], metric.MemoryMean, v.Trials[0].Figures[metric.MemoryPeak])
}

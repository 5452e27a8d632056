package bench_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
)

// TestRest: a window in which nothing is sent is measured for its memory, and for
// nothing that needs requests.
func TestRest(t *testing.T) {
	f := newFakeRig()
	_, claims, _ := strings.Cut(scenario, "blocks: 6")
	run := create(t, "  target: {path: /}\n", "", "rate: 50/s, for: 2s", "rate: 0/s, for: 2s", "rate: 50/s, for: 10s", "rate: 0/s, for: 10s", claims, `
claims:
  - {id: less, says: it takes less, metric: memory.mean, of: b, against: a, reduction: {at_least: 50%}}
`)
	v := execute(t, run, f)
	if v.Outcome != bench.Proven {
		t.Errorf("the outcome is %s: %q", v.Outcome, v.Reasons)
	}
	for _, m := range v.Trials {
		for _, name := range []bench.Metric{"latency.p50", bench.Errors, bench.CPUPerRequest, bench.MemoryGrowth, bench.SendLagP99} {
			checkAbsent(t, m, name, "no request is sent")
		}
	}
	checkFigure(t, v.Trials[0], bench.MemoryMean, v.Trials[0].Figures[bench.MemoryPeak])
}

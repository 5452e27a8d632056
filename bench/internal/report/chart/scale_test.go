package chart

import (
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// A count that is equal in all blocks, and as claimed, still has a readable scale.
func TestScaleOfALonePoint(t *testing.T) {
	for _, tt := range []struct {
		name   string
		metric metric.Name
		at     float64
		want   string
	}{
		{"none", "log.schedulers", 0, "0|0.5|1.0"},
		{"one", "log.schedulers", 1, "0|0.5|1.0|1.5|2.0"},
		{"many", "log.schedulers", 300, "280|300|320"},
		{"no errors", metric.Errors, 0, "0%|0.5%|1.0%"},
		{"bytes", metric.MemoryMean, 500e6, "460 MB|480 MB|500 MB|520 MB|540 MB"},
	} {
		c := verdict.ClaimVerdict{Metric: tt.metric, Comparison: comparison.Value, Low: &tt.at, High: &tt.at, AtMost: &tt.at}
		low, high := domainOf(c)
		if low >= tt.at || high <= tt.at {
			t.Errorf("%s: from %v to %v, which has %v at its edge", tt.name, low, high, tt.at)
		}
		if got := labels(roundTicks{claimAxis(c, high), 5}.Ticks(low, high)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

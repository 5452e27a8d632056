package chart

import (
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot/vg"
)

// A text is put beside the line that would cross it, where there is room.
func TestBeside(t *testing.T) {
	for _, tt := range []struct {
		name                      string
		middle, line, half, wants vg.Length
	}{
		{"far off", 50, 10, 20, 50},
		{"touching", 30, 10, 20, 30},
		{"a little right of it", 52, 50, 20, 70},
		{"a little left of it", 48, 50, 20, 30},
		{"on it, more room to the right", 30, 30, 20, 50},
		{"on it, more room to the left", 70, 70, 20, 50},
		{"left of it, without room there", 18, 20, 20, 40},
		{"right of it, without room there", 82, 80, 20, 60},
	} {
		if got := beside(tt.middle, tt.line, tt.half, 0, 100); got != tt.wants {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.wants)
		}
	}
}

// A count that is the same in all blocks, and is what was claimed, still needs
// a scale that can be read.
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

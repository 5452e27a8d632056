package view

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

func TestNoEffectOfARefutedClaim(t *testing.T) {
	low, high, no := -2.0e6, 3.0e6, 1.2
	c := verdict.ClaimVerdict{Comparison: comparison.Difference, Metric: metric.MemoryMean, Outcome: verdict.Refuted, Low: &low, High: &high}
	if got, want := NoEffect(c), "no effect that this run can see"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	c.Comparison, c.Low, c.High = comparison.Ratio, &no, &no
	if got := NoEffect(c); got != "" {
		t.Errorf("%q repeats the interval", got)
	}
	if c.Outcome = verdict.Proven; NoEffect(c) != "" {
		t.Error("a proven claim has no effect")
	}
}

// TestShowSummary: the interval that was computed is shown, end by end.
func TestShowSummary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		metric          metric.Name
		mean, low, high float64
		want            string
	}{
		{metric.Errors, 0.0054, -0.0001, 0.0109, "0.54% (-0.01% to 1.09%)"},
		{metric.Errors, 0.0003, 0.00002, 0.0006, "0.03% (0.002% to 0.06%)"},
		{"latency.p50", 0.456, 0.182, 1.14, "456 ms (182 ms to 1.14 s)"},
		{metric.Throttled, 0.01, -0.001, 0.021, "10.0 ms (-1.00 ms to 21.0 ms)"},
		{metric.OtherCPU, 0.02, -0.00004, 0.04, "2% (-0.004% to 4%)"},
	} {
		if got := ShowSummary(verdict.Summary{Metric: tt.metric, Mean: tt.mean, Low: &tt.low, High: &tt.high}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.metric, got, tt.want)
		}
	}
}

// TestGrowthHasItsUnit: a figure of growth has its number of requests, once; a ratio of growths
// has none.
func TestGrowthHasItsUnit(t *testing.T) {
	t.Parallel()
	c := reporttest.GrowthClaim(comparison.Difference)
	const per = " per 1,000 requests"
	for got, want := range map[string]string{
		c.ShowMeasured(): "-75.8 MB (-95.4 MB to -56.3 MB)" + per,
		c.ShowEstimate(): "-75.8 MB" + per,
		c.ShowInterval(): "-95.4 MB to -56.3 MB" + per,
		c.ShowBound():    "at most 0.00 B" + per,
		showEffect(c.Metric, comparison.Effect{Change: 1e6, Low: -1e6, High: 3e6}): "+1.00 MB (−1.00 MB to +3.00 MB)" + per,
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if c.Comparison = comparison.Ratio; strings.Contains(c.ShowMeasured(), "requests") {
		t.Errorf("a ratio reads %q", c.ShowMeasured())
	}
}

// TestNoRangeWithoutScatter: what is the same in every block has no interval.
func TestNoRangeWithoutScatter(t *testing.T) {
	figure, other := 0.6, 5.0
	equal := verdict.ClaimVerdict{Comparison: comparison.Reduction, Metric: metric.MemoryMean, Estimate: &figure, Low: &figure, High: &figure, Count: &verdict.Counted{Trials: 3, Equal: true}}
	count := verdict.ClaimVerdict{Comparison: comparison.Value, Metric: "log.starts", Estimate: &other, Low: &other, High: &other, Count: &verdict.Counted{Trials: 3}}
	apart := count
	apart.High = new(6.0)
	same := comparison.Effect{Change: 2e6, Low: 2e6, High: 2e6}
	for got, want := range map[string]string{
		MeasuredOf(equal): "60.0% (every block)", MeasuredOf(count): "5 (every trial)", MeasuredOf(apart): "5 (trials 5 to 6)",
		showEffect(metric.MemoryMean, same): "+2.00 MB (every block)", withLevel(metric.MemoryMean, same): "+2.00 MB (every block)",
		ShowComparedChange(equal, comparison.Effect{Change: 1.5, Low: 1.5, High: 1.5}): "1.500× as much left (every block)",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

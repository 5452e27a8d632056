package verdict

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// TestSummaryOfCountsAndShares: a count has no interval. A share of requests has one on
// the log scale, without values below 0; without a failure it is exact. What is the same in
// every trial has none.
func TestSummaryOfCountsAndShares(t *testing.T) {
	t.Parallel()
	if got := summarise("v", "log.starts", []float64{5, 5, 6}, 500); got.Low != nil || math.Abs(got.Mean-16./3) > 1e-9 {
		t.Errorf("a count: %+v", got)
	}
	if got := summarise("v", "service.load", []float64{5, 5.5, 6}, 500); got.Low == nil {
		t.Errorf("what is no count: %+v", got)
	}
	if got := summarise("v", metric.Errors, []float64{0, 0, 0.01}, 500); got.Low == nil || *got.Low <= 0 || *got.High <= got.Mean {
		t.Errorf("a share: %+v", got)
	}
	if got := summarise("v", metric.Errors, []float64{0, 0, 0}, 500); got.Low == nil || *got.Low != 0 || math.Abs(*got.High-0.001995) > 1e-6 || got.Mean != 0 {
		t.Errorf("no failure of 1500: %+v", got)
	}
	if got := summarise("v", metric.Throttled, []float64{0, 0, 0}, 500); got.Low != nil || got.Mean != 0 {
		t.Errorf("the same in every trial: %+v", got)
	}
}

// TestSummaryInterval: waits have an interval on the log scale, without values below 0.
// Other metrics have the plain interval, even if it reaches below 0.
func TestSummaryInterval(t *testing.T) {
	t.Parallel()
	waits := []float64{0.18, 0.19, 0.18, 2.6, 0.2, 0.54} // like p50 of a service that is sometimes overloaded
	for _, tt := range []struct {
		metric metric.Name
		xs     []float64
		log    bool
	}{
		{"latency.p50", waits, true},
		{"latency.p99.9", waits, true},
		{metric.SendLagP99, waits, true},
		{metric.MemoryMean, []float64{500e6, 510e6, 505e6}, false},
		{metric.MemoryGrowth, []float64{-2e6, 1e6, 4e6}, false},
		{metric.CPUPerRequest, []float64{0.02, 0.03, 0.021}, false},
	} {
		on := slices.Clone(tt.xs)
		from := func(x float64) float64 { return x }
		if tt.log {
			from = math.Exp
			for i, x := range tt.xs {
				on[i] = math.Log(x)
			}
		}
		in, err := stats.MeanInterval(on, comparison.Level)
		if err != nil {
			t.Fatal(err)
		}
		got := summarise("v", tt.metric, tt.xs, 500)
		if got.Mean != from(in.Mean) || *got.Low != from(in.Low) || *got.High != from(in.High) {
			t.Errorf("%s: %v (%v to %v), want %v", tt.metric, got.Mean, *got.Low, *got.High, in)
		}
		if tt.log && *got.Low <= 0 {
			t.Errorf("%s may be %v s", tt.metric, *got.Low)
		}
	}
}

// TestSummaryIsTheClaims: a claim on the value of a metric has the same interval as the
// table.
func TestSummaryIsTheClaims(t *testing.T) {
	t.Parallel()
	xs := []float64{0.18, 0.19, 0.18, 0.9, 0.2, 0.54}
	for _, m := range []metric.Name{"latency.p50", metric.MemoryMean, metric.CPUPerRequest, metric.Errors} {
		var blocks []measure.Block
		for _, x := range xs {
			blocks = append(blocks, measure.Block{"v": {Figures: map[metric.Name]float64{m: x}}})
		}
		most := metric.Quantity{Value: 1}
		c := scenario.Claim{Metric: m, Variant: "v", Bounds: scenario.Bounds{comparison.Value: &scenario.Bound{AtMost: &most}}}
		claim, table := judgeClaim(c, "", comparison.Level, blocks, len(xs), 1000), summarise("v", m, xs, 1000)
		if *claim.Estimate != table.Mean || *claim.Low != *table.Low || *claim.High != *table.High {
			t.Errorf("%s: the claim has %v (%v to %v), the table %v (%v to %v)", m, *claim.Estimate, *claim.Low, *claim.High, table.Mean, *table.Low, *table.High)
		}
	}
}

func TestSummaryWithoutAnInterval(t *testing.T) {
	t.Parallel()
	for _, xs := range [][]float64{{0.5}, {0, 0.5}} {
		if s := summarise("v", "latency.p50", xs, 500); s.Low != nil || s.High != nil || s.Mean != stats.Mean(xs) {
			t.Errorf("%v: %+v", xs, s)
		}
	}
}

// TestOnlyZeroReadsAsZero: in any unit, a figure other than 0 prints a digit other than
// 0 and its sign, and 0 has no sign.
func TestOnlyZeroReadsAsZero(t *testing.T) {
	t.Parallel()
	claims := []ClaimVerdict{
		{Comparison: comparison.Reduction}, {Comparison: comparison.Ratio}, {Comparison: comparison.Value, Metric: metric.MemoryMean}, {Comparison: comparison.Value, Metric: "latency.p50"},
		{Comparison: comparison.Difference, Metric: metric.Errors}, {Comparison: comparison.Value, Metric: metric.Processes}, {Comparison: comparison.Value, Metric: metric.Throttled},
		{Comparison: comparison.Value, Metric: metric.OtherCPU}, {Comparison: comparison.Value, Metric: metric.MemoryGrowth},
	}
	for _, c := range claims {
		for power := -6; power < 12; power++ {
			for _, x := range []float64{1, 4.9, 9.99} {
				x *= math.Pow(10, float64(power))
				if text := c.Show(x); !strings.ContainsAny(text, "123456789") {
					t.Errorf("%s of %s: %g reads as %q", c.Comparison, c.Metric, x, text)
				}
				if text := c.Show(-x); !strings.HasPrefix(text, "-") || !strings.ContainsAny(text, "123456789") {
					t.Errorf("%s of %s: %g reads as %q", c.Comparison, c.Metric, -x, text)
				}
			}
		}
		for _, zero := range []float64{0, math.Copysign(0, -1)} {
			if text := c.Show(zero); strings.ContainsAny(text, "123456789-") {
				t.Errorf("%s of %s: %g reads as %q", c.Comparison, c.Metric, zero, text)
			}
		}
	}
}

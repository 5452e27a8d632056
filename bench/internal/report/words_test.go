package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
	"golang.org/x/perf/benchunit"
)

// FuzzEscaped: whatever a scenario says, a table's row stays one row of as
// many cells, and nothing in it becomes HTML.
func FuzzEscaped(f *testing.F) {
	for _, s := range []string{"a | b", "a \\| b", "two\nlines", "<script>", "`code`", "~~gone~~", "$x$", "[a](b)", "ends in \\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := escaped(s)
		if strings.ContainsAny(got, "\n\r<>") {
			t.Fatalf("%q became %q", s, got)
		}
		if cells := strings.Count(strings.NewReplacer(`\\`, "", `\|`, "").Replace(got), "|"); cells > 0 {
			t.Fatalf("%q became %q, which has %d bars of its own", s, got, cells)
		}
	})
}

func TestClosingReportsWriteErrors(t *testing.T) {
	broken := errors.New("disk full")
	err := Closing(failing{broken}, &verdict.Verdict{Outcome: verdict.Proven, Claims: []verdict.ClaimVerdict{{Comparison: comparison.Ratio, AtMost: new(float64)}}})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWrappedFits(t *testing.T) {
	style := bold(bodySize, text)
	const room = 120
	lines := wrapped("a sentence that is far too long for two lines of so few points, and then goes on", room, 2, style)
	if len(lines) != 2 || !strings.HasSuffix(lines[1], "…") {
		t.Errorf("got %q, want two lines, the second cut off", lines)
	}
	for _, l := range append(lines, wrapped("Unbreakablewordthatdoesnotfitatall", room, 2, style)...) {
		if w := style.Width(l); w > room {
			t.Errorf("%q is %v wide, room is %v", l, w, room)
		}
	}
}

func TestPValue(t *testing.T) {
	for p, want := range map[float64]string{0.03125: "= 0.031", 1: "= 1.000", 0.0006: "= 0.001", 0.0001: "< 0.001", 0: "< 0.001"} {
		if got := pvalue(&p); got != want {
			t.Errorf("p of %v reads %q, want %q", p, got, want)
		}
	}
}

func TestInsteadOfARefutedClaim(t *testing.T) {
	low, high, no := -2.0e6, 3.0e6, 1.2
	c := verdict.ClaimVerdict{Comparison: comparison.Difference, Metric: metric.MemoryMean, Outcome: verdict.Refuted, Low: &low, High: &high}
	if got, want := insteadOf(c), "no effect that this run can see"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	c.Comparison, c.Low, c.High = comparison.Ratio, &no, &no
	if got := insteadOf(c); got != "" {
		t.Errorf("%q repeats the interval", got)
	}
	if c.Outcome = verdict.Proven; insteadOf(c) != "" {
		t.Error("a claim that is proven has something in its place")
	}
}

// Where no claim compares two variants, NULL has nothing to be asked, which is
// not 0 of 0.
func TestClosingControls(t *testing.T) {
	spike := verdict.ControlVerdict{Arm: scenario.MemoryArm, Answer: verdict.Holds}
	for want, controls := range map[string][]verdict.ControlVerdict{
		"":                                      nil,
		"  controls that hold: MEMORY 1 of 1\n": {spike},
		"  controls that hold: NULL 0 of 1, MEMORY 1 of 1\n": {{Arm: scenario.NullArm, Answer: verdict.Fails}, spike},
		"  controls that hold: NULL 1 of 3 (1 too noisy), MEMORY 1 of 1\n": {
			{Arm: scenario.NullArm, Answer: verdict.Holds}, {Arm: scenario.NullArm, Answer: verdict.TooNoisy}, {Arm: scenario.NullArm, Answer: verdict.Fails}, spike,
		},
	} {
		var out strings.Builder
		if closingControls(&out, &verdict.Verdict{Controls: controls}); out.String() != want {
			t.Errorf("%q, want %q", &out, want)
		}
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
		{metric.ForeignCPU, 0.02, -0.00004, 0.04, "2% (-0.004% to 4%)"},
	} {
		if got := showSummary(verdict.Summary{Metric: tt.metric, Mean: tt.mean, Low: &tt.low, High: &tt.high}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.metric, got, tt.want)
		}
	}
}

// TestGrowthHasItsUnit: wherever a claim on growth is shown, it is said for how many
// requests, once; a ratio of growths is for nothing.
func TestGrowthHasItsUnit(t *testing.T) {
	t.Parallel()
	estimate, low, high, most := -75.8e6, -95.4e6, -56.3e6, 0.0
	c := verdict.ClaimVerdict{Metric: metric.MemoryGrowth, Of: "after", Against: "before", Comparison: comparison.Difference, Estimate: &estimate, Low: &low, High: &high, AtMost: &most}
	const per = " per 1,000 requests"
	var closing strings.Builder
	closingClaim(&closing, c)
	for got, want := range map[string]string{
		c.ShowMeasured():   "-75.8 MB (-95.4 MB to -56.3 MB)" + per,
		c.ShowEstimate():   "-75.8 MB" + per,
		c.ShowInterval():   "-95.4 MB to -56.3 MB" + per,
		c.ShowBound():      "at most 0.00 B" + per,
		answerDetail(c)[0]: "-95.4 MB to -56.3 MB" + per,
		showEffect(c.Metric, verdict.Effect{Change: 1e6, Low: -1e6, High: 3e6}): "+1.00 MB (−1.00 MB to +3.00 MB)" + per,
		benchUnit(c.Metric): "memory.growth-B/1000-requests",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if n := strings.Count(closing.String(), per); n != 2 {
		t.Errorf("the terminal says %d times what it is for, want once of what was measured and once of what was claimed: %s", n, &closing)
	}
	if benchunit.ClassOf(benchUnit(c.Metric)) != benchunit.Binary {
		t.Error("benchstat does not take it for bytes")
	}
	if c.Comparison = comparison.Ratio; strings.Contains(c.ShowMeasured(), "requests") {
		t.Errorf("a ratio reads %q", c.ShowMeasured())
	}
}

// TestAxisIsInTheMetricsUnit: an axis is labelled as figures are printed.
func TestAxisIsInTheMetricsUnit(t *testing.T) {
	t.Parallel()
	for m, want := range map[metric.Name]axisUnit{
		metric.Errors: percentAxis, metric.ForeignCPU: percentAxis, metric.Steal: percentAxis, metric.Processes: plainAxis, metric.MemoryMean: {" B", 1}, "latency.p95": {" s", 1},
	} {
		if got := metricAxis(m, 1); got != want {
			t.Errorf("%s: %v, want %v", m, got, want)
		}
	}
}

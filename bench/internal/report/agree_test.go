package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/stats"
)

// troubled is a run with all that can set a picture and its table apart: requests
// that fail fast, and a block that broke and was replaced.
func troubled() synthetic {
	s := guideLike()
	before, after := s.service["before"], s.service["after"]
	before.failing, after.failing = 0.03, 0.02
	s.service = map[string]service{"before": before, "after": after}
	s.yaml = strings.Replace(s.yaml, "  phases:", "  max_errors: 10%\n  phases:", 1)
	return s
}

// trialOf is the verdict's measure of a trial that a picture shows.
func trialOf(t *testing.T, v *bench.Verdict, of *bench.Trial) bench.Measured {
	t.Helper()
	for _, m := range v.Trials {
		if m.Block == of.Block && m.Position == of.Position {
			return m
		}
	}
	t.Fatalf("the verdict has no %s", of.Label())
	return bench.Measured{}
}

// same fails unless two figures are equal but for the last digits of a sum.
func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-9*math.Max(math.Abs(want), 1e-9) {
		t.Errorf("%s: the picture has %v, the table %v", what, got, want)
	}
}

// meanOf is what the table shows of a variant.
func meanOf(t *testing.T, v *bench.Verdict, variant string, m bench.Metric) float64 {
	t.Helper()
	s, ok := v.Summary(variant, m)
	if !ok {
		t.Fatalf("the table has no %s of %s", m, variant)
	}
	return s.Mean
}

// TestLatencyPictureAgreesWithTable: the picture's curves are drawn from waits whose
// quantiles are the table's, trial by trial, failed requests included.
func TestLatencyPictureAgreesWithTable(t *testing.T) {
	t.Parallel()
	run := troubled().write(t, t.TempDir())
	v := judged(t, run)
	all, err := waitsOf(material{run, v, armsOf(run, v)})
	check(t, err)
	for _, w := range all {
		for _, m := range []bench.Metric{"latency.p50", "latency.p90", "latency.p95", "latency.p99"} {
			q, _ := m.LatencyQuantile()
			var drawn []float64
			for i, xs := range w.trials {
				one := trialOf(t, v, w.arm.trials[i])
				same(t, w.arm.trials[i].Label()+", "+string(m), stats.Quantile(xs, q), one.Figures[m])
				drawn = append(drawn, stats.Quantile(xs, q))
			}
			same(t, w.name+", mean of "+string(m), m.Mean(drawn), meanOf(t, v, w.name, m))
		}
		if p99 := meanOf(t, v, w.name, "latency.p99"); p99 < 30 {
			t.Errorf("p99 of %s is %v s: the test needs more failures than that quantile leaves out", w.name, p99)
		}
	}
	curves, last, err := latencyCurves(all)
	check(t, err)
	for i, c := range curves {
		if end, top, ok := c.last(); !ok || end != last || math.Abs(top-30) > 1e-9 {
			t.Errorf("the line of %s ends at %v with %v s, want its end, %v, at the time-out, 30 s", all[i].name, end, top, last)
		}
		for _, m := range []bench.Metric{"latency.p50", "latency.p95", "latency.p99"} {
			q, _ := m.LatencyQuantile()
			j, _ := slices.BinarySearch(c.x, q)
			if x := meanOf(t, v, c.name, m); c.mid[j-1] > x || c.mid[j] < x {
				t.Errorf("the line of %s goes from %v to %v s at %s, which is %v s in the table", c.name, c.mid[j-1], c.mid[j], m, x)
			}
		}
	}
}

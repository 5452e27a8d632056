package chart

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// trialOf is the verdict's measure of a trial that a picture shows.
func trialOf(t *testing.T, v *verdict.Verdict, of *record.Trial) measure.TrialResult {
	t.Helper()
	for _, m := range v.Trials {
		if m.Block == of.Block && m.Position == of.Position {
			return m
		}
	}
	t.Fatalf("the verdict has no %s", of.Label())
	return measure.TrialResult{}
}

// meanOf is the variant's figure in the table.
func meanOf(t *testing.T, v *verdict.Verdict, variant string, m metric.Name) float64 {
	t.Helper()
	s, ok := v.Summary(variant, m)
	if !ok {
		t.Fatalf("the table has no %s of %s", m, variant)
	}
	return s.Mean
}

// TestPicturesAgreeWithTables: each picture draws the figures of the table or of the
// verdict: the same trials, the same rule, equal to the last digits.
func TestPicturesAgreeWithTables(t *testing.T) {
	t.Parallel()
	run := reporttest.Troubled().Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	if v.Blocks != 6 || v.Outcome == verdict.Inconclusive {
		t.Fatalf("%s by %d blocks: the test needs a run that its first analysis decides: %v", v.Outcome, v.Blocks, v.Reasons)
	}
	m := view.Of(run, v)
	t.Run("latency.png", func(t *testing.T) { latencyAgrees(t, m) })
	t.Run("memory.png", func(t *testing.T) { memoryAgrees(t, m) })
	t.Run("processes.png", func(t *testing.T) { processesAgree(t, m) })
	t.Run("effect.png", func(t *testing.T) { effectsAgree(t, m) })
}

// shows fails unless a picture shows the trials that the table's figure rests on:
// six blocks, without the one that broke, those whose metric was spoiled, and those
// after the analysis.
func shows(t *testing.T, m view.Material, name metric.Name, arms []view.Arm) {
	t.Helper()
	want := map[metric.Name][]int{metric.MemoryMean: {1, 3, 4, 5, 6, 7}, metric.PSSMean: {1, 3, 4, 5, 6, 7}, latencyMetric: {1, 3, 4, 5, 7, 8}}[name]
	for _, a := range arms {
		var blocks []int
		for _, tr := range a.Trials {
			blocks = append(blocks, tr.Block)
		}
		s, _ := m.Verdict.Summary(a.Name, name)
		if !slices.Equal(blocks, want) || s.Trials != len(want) {
			t.Errorf("%s of %s: the picture shows blocks %v, the table %d trials, want %v", name, a.Name, blocks, s.Trials, want)
		}
	}
}

func latencyAgrees(t *testing.T, m view.Material) {
	all, err := waitsOf(m)
	reporttest.Check(t, err)
	for _, w := range all {
		shows(t, m, latencyMetric, []view.Arm{w.Arm})
		for _, metric := range []metric.Name{"latency.p50", "latency.p90", "latency.p95", "latency.p99"} {
			q, _ := metric.LatencyQuantile()
			var drawn []float64
			for i, xs := range w.trials {
				one := trialOf(t, m.Verdict, w.Arm.Trials[i])
				reporttest.Same(t, w.Arm.Trials[i].Label()+", "+string(metric), stats.Quantile(xs, q), one.Figures[metric])
				drawn = append(drawn, stats.Quantile(xs, q))
			}
			reporttest.Same(t, w.Name+", mean of "+string(metric), verdict.Mean(metric, drawn), meanOf(t, m.Verdict, w.Name, metric))
		}
		if p99 := meanOf(t, m.Verdict, w.Name, "latency.p99"); p99 < 29 {
			t.Errorf("p99 of %s is %v s: the test needs more failures than that quantile leaves out", w.Name, p99)
		}
	}
	curves, last, err := latencyCurves(all)
	reporttest.Check(t, err)
	for i, c := range curves {
		if end, top := c.x[len(c.x)-1], c.mid[len(c.mid)-1]; end != last || math.Abs(top-30) > 1e-9 {
			t.Errorf("the line of %s ends at %v with %v s, want %v with the time-out, 30 s", all[i].Name, end, top, last)
		}
		for _, metric := range []metric.Name{"latency.p50", "latency.p95", "latency.p99"} {
			q, _ := metric.LatencyQuantile()
			j, _ := slices.BinarySearch(c.x, q)
			if x := meanOf(t, m.Verdict, c.Name, metric); c.mid[j-1] > x+1e-9 || c.mid[j] < x-1e-9 {
				t.Errorf("the line of %s goes from %v to %v s at %s, which is %v s in the table", c.Name, c.mid[j-1], c.mid[j], metric, x)
			}
		}
	}
}

// memoryAgrees takes the mean of the window and its highest reading from the points
// that are drawn.
func memoryAgrees(t *testing.T, m view.Material) {
	arms := m.Counted(metric.MemoryMean)
	shows(t, m, metric.MemoryMean, arms)
	from, to := m.Run.Scenario.WindowOffsets()
	for _, a := range arms {
		var means, peaks []float64
		for _, tr := range a.Trials {
			points, err := memoryPoints(tr, to.Seconds(), m.BasisOf(tr))
			reporttest.Check(t, err)
			mean, peak := overWindow(points, from.Seconds())
			one := trialOf(t, m.Verdict, tr)
			reporttest.Same(t, tr.Label()+", mean", mean, one.Figures[metric.MemoryMean])
			reporttest.Same(t, tr.Label()+", peak", peak, one.Figures[metric.MemoryPeak])
			means, peaks = append(means, mean), append(peaks, peak)
		}
		reporttest.Same(t, a.Name+", mean", stats.Mean(means), meanOf(t, m.Verdict, a.Name, metric.MemoryMean))
		reporttest.Same(t, a.Name+", peak", stats.Mean(peaks), meanOf(t, m.Verdict, a.Name, metric.MemoryPeak))
	}
	curves, err := memoryCurves(m, arms, to.Seconds())
	reporttest.Check(t, err)
	for _, c := range curves {
		sum, n := 0.0, 0.0
		for i, x := range c.x {
			if x >= from.Seconds() {
				sum, n = sum+c.mid[i], n+1
			}
		}
		if mean := meanOf(t, m.Verdict, c.Name, metric.MemoryMean); math.Abs(sum/n-mean) > 0.002*mean { // cells are not readings
			t.Errorf("the line of %s is at %v in the window, the table's mean is %v", c.Name, sum/n, mean)
		}
	}
}

// overWindow is the mean by the trapezoid rule, and the highest, of the readings from
// then on.
func overWindow(points []point, from float64) (mean, peak float64) {
	var area float64
	points = points[slices.IndexFunc(points, func(p point) bool { return p.at >= from }):]
	for i, p := range points {
		peak = max(peak, p.value)
		if i > 0 {
			area += (p.at - points[i-1].at) * (p.value + points[i-1].value) / 2
		}
	}
	return area / (points[len(points)-1].at - points[0].at), peak
}

func processesAgree(t *testing.T, m view.Material) {
	bars, err := barsOf(m)
	reporttest.Check(t, err)
	for _, b := range bars {
		shows(t, m, metric.PSSMean, []view.Arm{b.Arm})
		reporttest.Same(t, b.Name+", processes", b.pss(), meanOf(t, m.Verdict, b.Name, metric.PSSMean))
		reporttest.Same(t, b.Name+", the whole bar", b.pss()+b.kernel, meanOf(t, m.Verdict, b.Name, metric.MemoryMean))
		if got, want := b.totalLines()[0].text, metric.MemoryMean.Show(meanOf(t, m.Verdict, b.Name, metric.MemoryMean)); got != want {
			t.Errorf("%s: the bar's end says %s, the table %s", b.Name, got, want)
		}
	}
}

// effectsAgree holds each claim's row to the trials' figures: a ring a counted block,
// and between the interval's ends the mean of the rings on the claim's scale.
func effectsAgree(t *testing.T, m view.Material) {
	rows := drawnClaims(m.Verdict)
	if len(rows) != len(m.Verdict.Claims) {
		t.Errorf("%d rows of %d claims", len(rows), len(m.Verdict.Claims))
	}
	for _, c := range rows {
		low, high := domainOf(c)
		if len(c.PerBlock) != len(c.Blocks) || len(c.Blocks) != 6 {
			t.Errorf("%s: %d rings of blocks %v, want six", c.ID, len(c.PerBlock), c.Blocks)
		}
		for i, block := range c.Blocks {
			x := c.PerBlock[i]
			reporttest.Same(t, fmt.Sprintf("%s, block %d", c.ID, block), x, claimOfBlock(m.Verdict, c, block))
			if x < low || x > high {
				t.Errorf("%s: the ring of block %d is off the scale", c.ID, block)
			}
		}
		if !(low <= *c.Low && *c.Low <= *c.Estimate && *c.Estimate <= *c.High && *c.High <= high) {
			t.Errorf("%s: %v (%v to %v) on a scale from %v to %v", c.ID, *c.Estimate, *c.Low, *c.High, low, high)
		}
		if s, ok := m.Verdict.Summary(c.Variant, c.Metric); ok && c.Comparison == comparison.Value {
			reporttest.Same(t, c.ID, *c.Estimate, s.Mean)
		}
	}
}

// claimOfBlock is the claim's figure from the trials of one block.
func claimOfBlock(v *verdict.Verdict, c verdict.ClaimVerdict, block int) float64 {
	figure := map[string]float64{}
	for _, t := range v.Trials {
		if t.Block == block {
			figure[t.Variant] = t.Figures[c.Metric]
		}
	}
	of, baseline, again := figure[c.Variant], figure[c.Baseline], figure[c.Baseline]
	if c.PooledWith != "" {
		again = figure[c.PooledWith]
	}
	switch c.Comparison {
	case comparison.Reduction:
		return 1 - of/math.Sqrt(baseline*again)
	case comparison.Ratio:
		return of / math.Sqrt(baseline*again)
	case comparison.Difference:
		return of - (baseline+again)/2
	default:
		return of
	}
}

// TestWaterfallAgreesWithTable: the steps lead from the one mean to the other, each as
// long as the effect of its change.
func TestWaterfallAgreesWithTable(t *testing.T) {
	t.Parallel()
	run := reporttest.AttributionRun(t, t.TempDir())
	v := reporttest.Judged(t, run)
	m := view.Of(run, v)
	steps := stepsOf(v.Attribution)
	first, last := steps[0], steps[len(steps)-1]
	reporttest.Same(t, "no change", first.to, meanOf(t, v, scenario.NoCauses, v.Attribution.Metric))
	reporttest.Same(t, "all changes", last.to, meanOf(t, v, scenario.AllCauses, v.Attribution.Metric))
	reporttest.Same(t, "the sum of the steps", steps[len(steps)-2].to, last.to)
	for i, c := range v.Attribution.Causes {
		s := steps[i+1]
		reporttest.Same(t, c.Name, s.to-s.from, c.Shapley.Change)
		reporttest.Same(t, c.Name+", its interval", s.high-s.low, c.Shapley.High-c.Shapley.Low)
		if !strings.HasPrefix(s.label, view.ShowChange(v.Attribution.Metric, c.Shapley.Change)) {
			t.Errorf("%s reads %q", c.Name, s.label)
		}
	}
	combinations := view.AttributionOf(m).Combinations
	for at, want := range map[int]float64{0: v.Attribution.None, len(combinations) - 1: v.Attribution.All} {
		if got := combinations[at].Figure; got != v.Attribution.Metric.Show(want) {
			t.Errorf("combination %d reads %q, want %v", at, got, want)
		}
	}
}

package verdict_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// TestJudgeCounts: every trial that counts decides a claim on a count, not an interval:
// 5, 5, 5, 5, 5 and 6 workers are 5 to 9.
func TestJudgeCounts(t *testing.T) {
	tests := []struct {
		name    string
		metric  string
		bound   string
		figures [6]float64
		want    verdict.Outcome
		outside int // -1: not judged as a count
	}{
		{"one of another number", "service.workers", "value: {at_least: 5, at_most: 9}", [6]float64{5, 5, 5, 5, 5, 6}, verdict.Proven, 0},
		{"one outside", "service.workers", "value: {at_least: 5, at_most: 9}", [6]float64{5, 5, 4, 5, 5, 6}, verdict.Refuted, 1},
		{"all outside", "service.workers", "value: {at_most: 4}", [6]float64{5, 5, 5, 5, 5, 5}, verdict.Refuted, 6},
		{"lines of a log", "log.starts", "value: {equals: 2}", [6]float64{2, 2, 2, 2, 2, 2}, verdict.Proven, 0},
		{"a difference of counts", "service.workers", "baseline: a, difference: {at_most: -4}", [6]float64{5, 5, 5, 5, 5, 6}, verdict.Proven, 0},
		{"a figure that is no number of things", "service.load", "value: {at_least: 5, at_most: 9}", [6]float64{5, 5, 5, 5, 5.5, 6}, verdict.Inconclusive, -1},
		{"seconds", "service.boot_seconds", "value: {at_least: 5s, at_most: 9s}", [6]float64{5, 5, 5, 5, 5, 6}, verdict.Inconclusive, -1},
		{"a ratio of counts", "service.workers", "baseline: a, ratio: {at_most: 0.6}", [6]float64{5, 5, 5, 5, 5, 6}, verdict.Proven, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Counters = func(p experiment.TrialPlan, _ bool) record.Counters {
				count := 10.0
				if p.Arm.Name == "b" {
					count = tt.figures[p.Block-1]
				}
				return record.Counters{"service.workers": count, "service.load": count, "service.boot_seconds": count}
			}
			f.Log = func(p experiment.TrialPlan) string { return "starts\nstarts\n" }
			yaml := "blocks: 6\ncounters_path: /c"
			if tt.metric == "log.starts" {
				yaml += "\nlog_lines: {starts: starts}"
			}
			v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", yaml, "metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}",
				fmt.Sprintf("metric: %s, variant: b, %s", tt.metric, tt.bound)), f)
			c := fakerig.Claim(t, v, "less")
			if c.Outcome != tt.want || (c.Count == nil) != (tt.outside < 0) {
				t.Fatalf("%s, count %+v: %s", c.Outcome, c.Count, c.Because)
			}
			if c.Count != nil && (c.Count.Outside != tt.outside || c.Count.Trials != 6) {
				t.Errorf("%+v, want %d of 6 outside", *c.Count, tt.outside)
			}
			if c.Count != nil && tt.outside == 0 && math.Abs(c.Count.High-(1-math.Pow(0.05, 1./6))) > 1e-9 {
				t.Errorf("the exact bound is %v", c.Count.High)
			}
		})
	}
}

// TestJudgeErrors: without a failure the exact bound decides, from the number of
// requests; with failures the trials decide, and their requests.
func TestJudgeErrors(t *testing.T) {
	every := func(n uint64) func(uint64) int {
		return func(seq uint64) int {
			if n > 0 && seq%n == 0 {
				return 500
			}
			return 200
		}
	}
	tests := []struct {
		name   string
		bound  string
		status func(uint64) int
		want   verdict.Outcome
		high   float64 // 0: not checked
	}{
		// 6 windows of 500 requests: 1-0.05^(1/3000) is 0.0998%.
		{"none failed, and the bound can be shown", "baseline: a, difference: {at_most: 0.1%}", every(0), verdict.Proven, 0.000998},
		{"none failed, as a value", "value: {at_most: 0.2%}", every(0), verdict.Proven, 0.000998},
		{"one of 50 in both", "baseline: a, difference: {at_most: 1%}", every(50), verdict.Proven, 0},
		{"one of 50, claimed less", "value: {at_most: 1%}", every(50), verdict.Refuted, 0},
		{"one of 50, claimed more", "value: {at_most: 3%}", every(50), verdict.Proven, 0},
		// 2 of 500 in each block, without any scatter.
		{"the same in all blocks, at the bound", "value: {at_most: 0.4%}", every(250), verdict.Inconclusive, 0},
		{"the same in all blocks, near the bound", "value: {at_most: 0.45%}", every(250), verdict.Inconclusive, 0},
		{"the same in all blocks, claimed more", "value: {at_most: 1%}", every(250), verdict.Proven, 0},
		{"the same in all blocks of both", "baseline: a, difference: {at_most: 0.1%}", every(250), verdict.Inconclusive, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.Status = tt.status
			v := fakerig.Execute(t, fakerig.Create(t, "metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", "metric: errors, variant: b, "+tt.bound), f)
			c := fakerig.Claim(t, v, "less")
			if c.Outcome != tt.want {
				t.Errorf("%s, want %s: %s", c.Outcome, tt.want, c.Because)
			}
			if tt.high > 0 && math.Abs(*c.High-tt.high) > 2e-6 {
				t.Errorf("the upper end is %v, want %v", *c.High, tt.high)
			}
			if *c.Low < 0 && tt.bound[0] == 'v' {
				t.Errorf("a share of %v", *c.Low)
			}
		})
	}
}

// TestEqualBlocks: a figure that is no count and the same in every block has no interval.
// Every block decides, and the note has the exact bound.
func TestEqualBlocks(t *testing.T) {
	for _, tt := range []struct {
		claim string
		want  verdict.Outcome
	}{
		{"metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", verdict.Proven},
		{"metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 70%}", verdict.Refuted},
		{"metric: memory.mean, variant: b, baseline: a, difference: {at_most: -500MB}", verdict.Proven},
		{"metric: memory.mean, variant: b, value: {at_most: 400MB}", verdict.Proven},
		{"metric: memory.hugetlb, variant: b, value: {at_least: 1MB}", verdict.Refuted},
		{"metric: latency.p50, variant: b, value: {at_most: 9ms}", verdict.Refuted},
		{"metric: memory.mean, variant: b, secondary: true, baseline: a, ratio: {at_most: 0.5}", verdict.Proven},
	} {
		f := fakerig.New()
		f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
			fakerig.SpoilSamples(s, func(_ int, one *metric.Sample) { one.Hugetlb = new(uint64(0)) })
		}
		v := fakerig.Execute(t, fakerig.Create(t, "metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", tt.claim), f)
		c := fakerig.Claim(t, v, "less")
		if c.Outcome != tt.want || c.Count == nil || !c.Count.Equal || c.HolmP != nil {
			t.Errorf("%s: %s, count %+v, p %v: %s", tt.claim, c.Outcome, c.Count, c.HolmP, c.Because)
			continue
		}
		if math.Abs(c.Count.High-(1-math.Pow(0.05, 1./6))) > 1e-9 || (c.Count.Outside == 6) != (tt.want == verdict.Refuted) {
			t.Errorf("%s: %+v", tt.claim, *c.Count)
		}
		if s := c.ShowInterval() + c.ShowMeasured(); !strings.Contains(s, "every block") || strings.Contains(s, " to ") || len(c.Notes) == 0 {
			t.Errorf("%s reads %q with %q", tt.claim, s, c.Notes)
		}
	}
}

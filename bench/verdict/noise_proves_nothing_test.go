package verdict_test

import (
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// failing returns a machine on which so many of the 500 requests of a window fail.
func failing(failures func(experiment.TrialPlan) uint64) *fakerig.Rig {
	f := fakerig.New()
	f.Hit = func(p experiment.TrialPlan, h *metric.Hit) {
		if h.Seq >= 100 && h.Seq < 100+failures(p) { // 100 warm up
			h.Status = 500
		}
	}
	return f
}

// TestNoiseDoesNotProve: 4.2% of the requests to a and b fail. If 2.2% of those to the A/A
// control do, that bias makes a claim on errors INVALID. If noise hides the bias, the claim
// is INCONCLUSIVE, and not PROVEN. A quiet control leaves the answer as it is.
func TestNoiseDoesNotProve(t *testing.T) {
	for _, tt := range []struct {
		name string
		aa   [3]uint64 // failures of the control, in blocks 1 to 3 and again in 4 to 6
		want verdict.Outcome
	}{
		{"quiet", [3]uint64{21, 21, 21}, verdict.Proven},
		{"nearly quiet", [3]uint64{21, 22, 21}, verdict.Proven},
		{"a bias", [3]uint64{11, 12, 11}, verdict.Invalid},
		{"a bias in every block", [3]uint64{11, 11, 11}, verdict.Invalid},
		{"a bias in noise", [3]uint64{1, 21, 11}, verdict.Inconclusive},
	} {
		f := failing(func(p experiment.TrialPlan) uint64 {
			if p.Arm.Name == scenario.AAArm {
				return tt.aa[p.Block%3]
			}
			return 21
		})
		v := fakerig.Execute(t, fakerig.Create(t, "metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", "metric: errors, variant: b, baseline: a, difference: {at_most: 2.2%}"), f)
		if c := fakerig.Claim(t, v, "less"); c.Outcome != tt.want || c.AAMargin == nil && tt.want == verdict.Inconclusive {
			t.Errorf("%s: %s, margin %v, %q", tt.name, c.Outcome, c.AAMargin, c.Notes)
		}
	}
}

// TestCountsAndTheAAMargin: a difference of counts is decided by every trial, moved outward
// by what the two identical builds may differ.
func TestCountsAndTheAAMargin(t *testing.T) {
	for _, tt := range []struct {
		more [2]float64 // of the control, in odd and even blocks
		most string
		want verdict.Outcome
	}{
		{[2]float64{0, 0}, "-5", verdict.Proven},
		{[2]float64{0, 1}, "-4", verdict.Proven}, // by at most 0.95
		{[2]float64{0, 1}, "-5", verdict.Inconclusive},
		{[2]float64{0, 1}, "-6", verdict.Refuted},
		{[2]float64{0, 3}, "-4", verdict.Inconclusive},
		{[2]float64{0, 3}, "-6", verdict.Inconclusive},
	} {
		f := fakerig.New()
		f.Counters = func(p experiment.TrialPlan, _ bool) record.Counters {
			workers := 10.0
			switch p.Arm.Name {
			case "b":
				workers = 5
			case scenario.AAArm:
				workers += tt.more[p.Block%2]
			}
			return record.Counters{"service.workers": workers}
		}
		v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", "blocks: 6\ncounters_path: /c", "metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", "metric: service.workers, variant: b, baseline: a, difference: {at_most: "+tt.most+"}"), f)
		if c := fakerig.Claim(t, v, "less"); c.Outcome != tt.want || c.Count == nil {
			t.Errorf("%v, at most %s: %s, %q", tt.more, tt.most, c.Outcome, c.Notes)
		}
	}
}

package study

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// runOf is a run with one claim, whose blocks have these ratios of b to a.
func runOf(number int, c scenario.Claim, ratios ...float64) Run {
	sc := &scenario.Scenario{Claims: []scenario.Claim{c}, Blocks: len(ratios), Controls: &scenario.Controls{}} // no A/A arm runs
	var blocks [][]measure.TrialResult
	for i, r := range ratios {
		trial := func(position int, variant string, x float64) measure.TrialResult {
			return measure.TrialResult{Block: i + 1, Position: position, Variant: variant, Figures: map[metric.Name]float64{c.Metric: x}}
		}
		blocks = append(blocks, []measure.TrialResult{trial(1, "a", 1000e6), trial(2, "b", 1000e6*r)})
	}
	v := verdict.Decide(sc, blocks, record.Spare{})
	return Run{Number: number, Outcome: v.Outcome, Verdict: v}
}

func around(ratio float64) []float64 {
	return []float64{ratio * 0.998, ratio * 1.002, ratio * 0.999, ratio * 1.001, ratio, ratio}
}

// half claims that b takes at most half of a.
func half() scenario.Claim {
	return claimed(comparison.Reduction, scenario.Bound{AtLeast: &metric.Quantity{Value: 0.5}})
}

func claimed(kind comparison.Name, b scenario.Bound) scenario.Claim {
	return scenario.Claim{ID: "c", Metric: metric.MemoryMean, Variant: "b", Baseline: "a", Bounds: scenario.Bounds{kind: &b}}
}

// TestJudgeStudy: what runs say together.
func TestJudge(t *testing.T) {
	void := func(o verdict.Outcome) Run {
		unanswered := verdict.ClaimVerdict{ID: half().ID, Outcome: o}
		return Run{Number: 2, Outcome: o, Verdict: &verdict.Verdict{Outcome: o, Void: true, Claims: []verdict.ClaimVerdict{unanswered}}}
	}
	invalid, failed := void(verdict.Invalid), void(verdict.Failed)
	tests := []struct {
		name    string
		ratios  []float64 // one a run
		extra   *Run
		want    verdict.Outcome
		runs    int
		decided int
		predict bool
	}{
		{"one run", []float64{0.3}, nil, verdict.Inconclusive, 1, 0, false},
		{"two runs that agree to the digit", []float64{0.3, 0.3}, nil, verdict.Proven, 2, 2, false},
		{"two runs that differ", []float64{0.3, 0.4}, nil, verdict.Inconclusive, 2, 0, false},
		{"three runs, far from the bound", []float64{0.3, 0.31, 0.3}, nil, verdict.Proven, 3, 2, true},
		{"three runs on either side", []float64{0.49, 0.51, 0.5}, nil, verdict.Inconclusive, 3, 0, true},
		{"three runs beyond", []float64{0.7, 0.71, 0.7}, nil, verdict.Refuted, 3, 2, true},
		{"an invalid run does not count", []float64{0.3, 0.31, 0.3}, &invalid, verdict.Proven, 3, 2, true},
		{"an interrupted run does not count", []float64{0.3, 0.31, 0.3}, &Run{Number: 4, Missing: "interrupted"}, verdict.Proven, 3, 2, true},
		{"a service that failed is a finding", []float64{0.3, 0.31, 0.3}, &failed, verdict.Failed, 3, 2, true},
		{"an answer stands", []float64{0.3, 0.3, 0.9}, nil, verdict.Proven, 3, 2, true},
		{"after the fifth run nothing is decided", []float64{0.49, 0.51, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3}, nil, verdict.Inconclusive, 14, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var runs []Run
			for i, ratio := range tt.ratios {
				runs = append(runs, runOf(i+1, half(), around(ratio)...))
			}
			if tt.extra != nil {
				runs = append(runs, *tt.extra)
			}
			s := Judge("s", runs)
			c := s.Claims[0]
			if s.Outcome != tt.want || len(c.Runs) != tt.runs || c.DecidedBy != tt.decided || (c.Predicted != nil) != tt.predict {
				t.Errorf("%s by %d of %d runs, predicted %v: %s", s.Outcome, c.DecidedBy, len(c.Runs), c.Predicted, c.Because)
			}
		})
	}
	if s := Judge("s", []Run{{Number: 1, Missing: "interrupted"}}); s.Outcome != verdict.Invalid {
		t.Errorf("a study without an answer is %s", s.Outcome)
	}
}

// TestStudyOfOneRun: the study has no answer, and knows that of its run.
func TestStudyOfOneRun(t *testing.T) {
	s := Judge("s", []Run{runOf(1, half(), around(0.3)...), {Number: 2, Missing: "was deleted"}})
	one := s.Claims[0].Within()
	if s.Outcome != verdict.Inconclusive || one == nil || one.Outcome != verdict.Proven || len(s.Answering()) != 1 {
		t.Errorf("%+v", s)
	}
	if two := Judge("s", []Run{runOf(1, half(), around(0.3)...), runOf(2, half(), around(0.3)...)}); two.Claims[0].Within() != nil {
		t.Errorf("%+v", two)
	}
}

// TestStudyThatClaimsNothing: what was measured is no failure.
func TestStudyThatClaimsNothing(t *testing.T) {
	secondary := runOf(1, half(), around(0.3)...)
	secondary.Outcome, secondary.Verdict.Claims[0].Secondary = verdict.NothingClaimed, true
	for name, run := range map[string]Run{
		"no claims": {Number: 1, Outcome: verdict.NothingClaimed, Verdict: &verdict.Verdict{Outcome: verdict.NothingClaimed}}, "secondary alone": secondary,
	} {
		if s := Judge("s", []Run{run}); s.Outcome != verdict.NothingClaimed {
			t.Errorf("%s: %s (%s)", name, s.Outcome, s.Because)
		}
	}
}

// TestStudyByHand: log ratios of -1.2, -1.1 and -1.0 in runs whose blocks hardly scatter.
// The prediction is -1.1 ± 4.303·0.1·√(4/3).
func TestStudyByHand(t *testing.T) {
	var runs []Run
	for i, x := range []float64{-1.2, -1.1, -1.0} {
		runs = append(runs, runOf(i+1, half(), around(math.Exp(x))...))
	}
	c := Judge("s", runs).Claims[0]
	wide := 4.302652729911275 * 0.1 * math.Sqrt(4.0/3)
	for what, pair := range map[string][2]float64{
		"estimate": {*c.Estimate, 1 - math.Exp(-1.1)}, "low": {c.Predicted.Low, 1 - math.Exp(-1.1+wide)}, "high": {c.Predicted.High, 1 - math.Exp(-1.1-wide)},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-4 {
			t.Errorf("%s is %.5f, want %.5f", what, pair[0], pair[1])
		}
	}
	if !strings.Contains(c.Because, "another run would find") {
		t.Error(c.Because)
	}
}

// TestStudyCounts: a count is decided by every trial of every run.
func TestStudyCounts(t *testing.T) {
	c := scenario.Claim{ID: "c", Metric: "service.workers_ready", Variant: "b", Bounds: scenario.Bounds{comparison.Value: {AtMost: &metric.Quantity{Value: 5e6}}}}
	five := []float64{0.005, 0.005, 0.005, 0.005, 0.005, 0.005}
	if s := Judge("s", []Run{runOf(1, c, five...), runOf(2, c, five...)}); s.Claims[0].Outcome != verdict.Proven || s.Claims[0].Predicted != nil {
		t.Errorf("%+v", s.Claims[0])
	}
	if s := Judge("s", []Run{runOf(1, c, five...), runOf(2, c, append(five[:5:5], 0.006)...)}); s.Claims[0].Outcome != verdict.Refuted {
		t.Errorf("%+v", s.Claims[0])
	}
}

// TestStudyOfEqualBlocks: blocks that are equal in all runs give no interval over the runs.
// Each run decides, and there is no prediction. Runs that differ give one.
func TestStudyOfEqualBlocks(t *testing.T) {
	equal := func(number int, x float64) Run { return runOf(number, half(), x, x, x) }
	for _, tt := range []struct {
		runs  []Run
		want  verdict.Outcome
		every bool
	}{
		{[]Run{equal(1, 0.4), equal(2, 0.4), equal(3, 0.4)}, verdict.Proven, true},
		{[]Run{equal(1, 0.6), equal(2, 0.6)}, verdict.Refuted, true},
		{[]Run{equal(1, 0.4), equal(2, 0.3)}, verdict.Inconclusive, false},
		{[]Run{equal(1, 0.4), runOf(2, half(), around(0.4)...)}, verdict.Proven, false},
	} {
		c := Judge("s", tt.runs).Claims[0]
		if c.Outcome != tt.want || (c.Count != nil) != tt.every || (*c.Low == *c.High) != tt.every || tt.every && c.Predicted != nil {
			t.Errorf("%s, count %+v, %s", c.Outcome, c.Count, c.Because)
		}
	}
}

// long skips a test that takes minutes, except in make test-all.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes minutes: make test-all runs it, or go test without -short")
	}
}

// TestUntilProven: the truth lies on the bound, and runs are added until the claim is
// proven, five at most. The study says PROVEN in at most 5% of such attempts, for any
// scatter between runs; single runs would in far more.
func TestUntilProven(t *testing.T) {
	long(t)
	t.Parallel()
	const times, blocks = 4000, 4
	for _, between := range []float64{0, 0.5, 1, 3, 10} {
		t.Run(fmt.Sprintf("between runs %gx within", between), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(5, uint64(10*between)))
			const within = 0.01
			var study, single float64
			for range times {
				var runs []Run
				proven, once := false, false
				for n := 1; n <= lastTest && !proven; n++ {
					level := between * within / math.Sqrt(blocks) * r.NormFloat64()
					var ratios []float64
					for range blocks {
						ratios = append(ratios, 0.5*math.Exp(level+within*r.NormFloat64()))
					}
					runs = append(runs, runOf(n, half(), ratios...))
					proven = Judge("s", runs).Outcome == verdict.Proven
					xs := runs[n-1].Verdict.Claims[0]
					once = once || *xs.Low >= 0.5
				}
				if proven {
					study++
				}
				if once {
					single++
				}
			}
			t.Logf("PROVEN: the study in %.4f, some run alone in %.4f", study/times, single/times)
			if share := study / times; share > 0.05 {
				t.Errorf("the study is PROVEN in %.3f", share)
			}
			if between >= 3 && single/times < 0.3 {
				t.Errorf("some run alone is beyond the bound in %.3f only: the test shows nothing", single/times)
			}
		})
	}
}

// A calibrated claim decides no study, and does not share the error of those that do.
func TestStudyOfACalibratedClaim(t *testing.T) {
	set := claimed(comparison.Value, scenario.Bound{AtLeast: &metric.Quantity{Value: 900e6}})
	set.ID, set.Baseline, set.Calibrated = "set", "", "so"
	var runs []Run
	for i := range 3 {
		run := runOf(i+1, half(), around(0.3)...)
		run.Verdict.Claims = append(run.Verdict.Claims, runOf(i+1, set, around(0.3)...).Verdict.Claims...)
		runs = append(runs, run)
	}
	s := Judge("s", runs)
	if c := s.Claims[1]; s.Outcome != verdict.Proven || c.Outcome != verdict.NotAsSet || s.number(false) != 1 {
		t.Errorf("the study is %s, the calibrated claim %s, among %d primary claims", s.Outcome, c.Outcome, s.number(false))
	}
	if c := Judge("s", runs[:1]).Claims[1]; c.Outcome != verdict.Open {
		t.Errorf("after one run it is %s", c.Outcome)
	}
}

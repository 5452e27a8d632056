package verdict

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// answered is a claim with an outcome that has this p-value at its analysis.
func answered(o Outcome, p float64) *ClaimVerdict { return &ClaimVerdict{Outcome: o, p: p} }

// TestRefutedByHolm: a primary claim is REFUTED only by Holm over all primary claims, and
// PROVEN at its own level. A claim that has no answer does not count.
func TestRefutedByHolm(t *testing.T) {
	tests := []struct {
		name   string
		claims []*ClaimVerdict
		want   []Outcome
	}{
		{"alone", []*ClaimVerdict{answered(Refuted, 0.09)}, []Outcome{Refuted}},
		{"among two", []*ClaimVerdict{answered(Refuted, 0.09), answered(Proven, 0.09)}, []Outcome{Inconclusive, Proven}},
		{"clearly, among two", []*ClaimVerdict{answered(Refuted, 0.04), answered(Proven, 0.09)}, []Outcome{Refuted, Proven}},
		{"the second of two is compared with its own 5%", []*ClaimVerdict{answered(Refuted, 0.04), answered(Refuted, 0.09)}, []Outcome{Refuted, Refuted}},
		{"beside one without an answer", []*ClaimVerdict{answered(Refuted, 0.09), answered(Invalid, 1)}, []Outcome{Refuted, Invalid}},
		{"beside one that was calibrated", []*ClaimVerdict{answered(Refuted, 0.09), {Outcome: AsSet, Calibrated: "ballast", p: 1}}, []Outcome{Refuted, AsSet}},
		{"a count, or one that an earlier analysis refuted", []*ClaimVerdict{answered(Refuted, 0), answered(Inconclusive, 1), answered(Proven, 0.01)}, []Outcome{Refuted, Inconclusive, Proven}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := Verdict{Reached: true}
			for _, c := range tt.claims {
				v.Claims = append(v.Claims, *c)
			}
			v.adjustForNumber([]int{6})
			var got []Outcome
			for _, c := range v.Claims {
				got = append(got, c.Outcome)
				if (c.HolmP != nil) != (len(c.Notes) > 0 || c.Outcome == Refuted) {
					t.Errorf("%s has the p-value %v and notes %q", c.Outcome, c.HolmP, c.Notes)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// TestOverallP: the p-value of an answer that is given exactly at the claim's level is the
// claim's error over all analyses. A claim without an answer has 1, a count 0.
func TestOverallP(t *testing.T) {
	for _, analyses := range [][]int{{6}, {6, 9, 12}, comparison.DefaultAnalyses} {
		level := comparison.ClaimLevel(analyses)
		for p, want := range map[float64]float64{1 - level: claimError, 0: 0, 1: 1} {
			if got := answered(Proven, p).overallP(analyses); math.Abs(got-want) > 1e-9 {
				t.Errorf("%v: %g is %g, want %g", analyses, p, got, want)
			}
		}
		// What Holm compares with a third of the error is Pocock's level for that third: a
		// linear scale would accept more.
		third := stats.OverallError(analyses, (1-level)/3) / 2
		if linear := claimError / 3; len(analyses) > 1 && third < 1.05*linear {
			t.Errorf("%v: a third of the level errs by %g, which a linear scale calls %g", analyses, third, linear)
		}
	}
}

// TestRefutedRunsAreRare: six true claims, each with the truth on its bound, refute a run
// in at most 5%. Without Holm's correction they do in 26%.
func TestRefutedRunsAreRare(t *testing.T) {
	long(t)
	t.Parallel()
	c := claimed(comparison.Ratio, scenario.Bound{AtMost: &metric.Quantity{Value: 0.6}})
	w := world{rand.New(rand.NewPCG(15, 15)), 0.6}
	var refuted, alone float64
	for range calibrationRuns / 2 {
		v := Verdict{Reached: true}
		for range 6 {
			v.Claims = append(v.Claims, judgeClaim(c, "", comparison.Level, w.blocks(6), 6, 1000))
		}
		if v.overallOutcome() == Refuted {
			alone += 2
		}
		v.adjustForNumber([]int{6})
		if v.overallOutcome() == Refuted {
			refuted += 2
		}
	}
	share(t, "the run is refuted", refuted, 0.05, 0.012)
	if alone/calibrationRuns < 0.2 {
		t.Errorf("without the correction %.3f, so this test shows nothing", alone/calibrationRuns)
	}
}

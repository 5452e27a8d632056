package verdict

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/sensitivity"
)

// addSensitivity computes what the answers depend on. It needs answers, and the trials'
// readings of memory.
func (v *Verdict) addSensitivity(sc *scenario.Scenario) {
	read := slices.ContainsFunc(v.Trials, func(m measure.TrialResult) bool { return m.Readings != nil })
	if v.Void || !v.Reached || !read {
		return
	}
	v.Sensitivity = sensitivity.Of(sensitivity.Run{
		Scenario: sc, Counted: v.counted,
		Answers: func(id string) bool {
			return slices.ContainsFunc(v.Claims, func(c ClaimVerdict) bool { return c.ID == id && c.Outcome.Answers() })
		},
		Judge: func(c scenario.Claim, pooledWith string, blocks []measure.Block) (sensitivity.Answer, bool) {
			return judgeClaim(c, pooledWith, v.level, blocks, v.Planned, v.windowHits).asAnswer()
		},
	})
}

// asAnswer is the claim's answer; ok is false without a finite interval.
func (v ClaimVerdict) asAnswer() (a sensitivity.Answer, ok bool) {
	if v.Estimate == nil || v.Low == nil || v.High == nil {
		return a, false
	}
	a = sensitivity.Answer{Estimate: *v.Estimate, Low: *v.Low, High: *v.High, Outcome: string(v.Outcome)}
	s := v.scale()
	low, high := s.To(a.Low), s.To(a.High)
	_, low, high = s.Back(stats.Interval{Low: min(low, high) - v.aaMargin, High: max(low, high) + v.aaMargin})
	if v.aaMargin > 0 {
		a.DecidedLow, a.DecidedHigh = &low, &high
	}
	return a, !math.IsInf(low, 0) && !math.IsInf(high, 0) && !math.IsNaN(low) && !math.IsNaN(high)
}

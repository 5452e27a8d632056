package verdict

import (
	"math"
	"slices"

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
		Blocks: func(c scenario.Claim) []measure.Block { return v.blocksOf(sc, c) },
		Answers: func(id string) bool {
			a := v.Claim(id)
			return a != nil && a.Outcome.Answers()
		},
		Judge: func(c scenario.Claim, pooledWith string, blocks []measure.Block) (sensitivity.Answer, bool) {
			a := newClaimVerdict(c, v.level)
			a.PooledWith = pooledWith
			if own := v.Claim(c.ID); own != nil && own.PooledWith == "" {
				a.contrasts = own.contrasts
			}
			a.judge(c, blocks, v.Planned, v.windowHits)
			return a.asAnswer()
		},
	})
}

// blocksOf returns the blocks that the claim was answered from. Its arms may have run on
// after an interim analysis closed it.
func (v *Verdict) blocksOf(sc *scenario.Scenario, c scenario.Claim) []measure.Block {
	own := v.Claim(c.ID)
	if own == nil || len(own.Blocks) == 0 {
		return v.counted(c.Metric, sc.ArmsOf(c)...)
	}
	return slices.DeleteFunc(v.usable(c.Metric, sc.ArmsOf(c)...), func(b measure.Block) bool {
		return !slices.Contains(own.Blocks, measure.Numbers([]measure.Block{b})[0])
	})
}

// Claim returns the answer to the claim of that id; nil if there is none.
func (v *Verdict) Claim(id string) *ClaimVerdict {
	i := slices.IndexFunc(v.Claims, func(c ClaimVerdict) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &v.Claims[i]
}

// asAnswer is the claim's answer; ok is false without a finite interval.
func (v ClaimVerdict) asAnswer() (a sensitivity.Answer, ok bool) {
	if v.Estimate == nil || v.Low == nil || v.High == nil {
		return a, false
	}
	a = sensitivity.Answer{Estimate: *v.Estimate, Low: *v.Low, High: *v.High, Outcome: string(v.Outcome)}
	low, high := v.decidedEnds()
	if v.aaMargin > 0 {
		a.DecidedLow, a.DecidedHigh = &low, &high
	}
	return a, !math.IsInf(low, 0) && !math.IsInf(high, 0) && !math.IsNaN(low) && !math.IsNaN(high)
}

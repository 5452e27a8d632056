package verdict

import (
	"math"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
)

// claimError is the chance of a wrong answer on each side of a claim. It is also the chance
// that a run is wrongly REFUTED, and that any of its secondary claims is answered wrongly.
const claimError = (1 - comparison.Level) / 2

// adjustForNumber corrects the answers for the number of claims, by Holm. Of twenty claims
// that are each answered at 5%, one is answered by chance.
//
// A run is REFUTED if any primary claim is, so those answers are corrected. It is PROVEN
// only if all are, which needs no correction (see overallOutcome). Secondary claims are
// read one by one, so each of their answers is corrected.
//
// A claim that every trial decides is in neither family, for it has no p-value. REFUTED, a
// trial outside the range contradicts "in every trial", without a chance of error. PROVEN,
// it says this of the trials that ran. That others are alike is assumed, because such a
// figure is set by how the service is configured; a test of it would need five trials
// (half of all could be outside: 0.5^5 is 3%). What the trials do tell of others is the
// exact bound in the claim's note.
func (v *Verdict) adjustForNumber(analyses []int) {
	var primary, secondary []*ClaimVerdict
	for i := range v.Claims {
		switch c := &v.Claims[i]; {
		case !c.Outcome.Answers(), c.Calibrated != "", c.Count != nil:
		case c.Secondary:
			secondary = append(secondary, c)
		default:
			primary = append(primary, c)
		}
	}
	adjust(primary, "primary", analyses, func(c *ClaimVerdict) bool { return c.Outcome == Refuted })
	adjust(secondary, "secondary", analyses, (*ClaimVerdict).decided)
}

// adjust makes a claim INCONCLUSIVE if its answer is one to correct and does not hold among
// all these claims. An answer that an earlier analysis gave stands: its p is 0. A claim
// whose answer is not one to correct counts with a p of 1.
func adjust(claims []*ClaimVerdict, which string, analyses []int, corrected func(*ClaimVerdict) bool) {
	ps := make([]float64, len(claims))
	for i, c := range claims {
		if ps[i] = 1; corrected(c) {
			ps[i] = c.overallP(analyses)
		}
	}
	for i, p := range stats.Holm(ps) {
		c := claims[i]
		if !corrected(c) {
			continue
		}
		c.HolmP = &p
		if p > claimError {
			c.note("Alone it would be %s; among %d %s claims p is %.3f (Holm).", c.Outcome, len(claims), which, p)
			c.Outcome = Inconclusive
		}
	}
}

// overallP returns the one-sided p-value of the answer over all analyses: the chance that a
// claim whose truth is on the bound gets such an answer at any of them. At the claim's own
// level it is claimError.
func (v *ClaimVerdict) overallP(analyses []int) float64 {
	if v.p >= 1 {
		return 1
	}
	return stats.OverallError(analyses, v.p) / 2
}

// meanP returns the two-sided p-value of the answer by the t-test. For PROVEN it is the
// larger of the two bounds' p-values, for REFUTED the missed bound's, otherwise 1.
func (v *ClaimVerdict) meanP(xs []float64) float64 {
	at := func(end *float64) float64 {
		if end == nil {
			return 0
		}
		bound := v.scale().To(*end)
		if inward := math.Copysign(v.aaMargin, stats.Mean(xs)-bound); math.Abs(stats.Mean(xs)-bound) > v.aaMargin {
			bound += inward
		} else {
			return 1
		}
		return stats.TTest(xs, bound)
	}
	switch v.Outcome {
	case Proven:
		return max(at(v.AtLeast), at(v.AtMost))
	case Refuted:
		nearest := v.nearestBound()
		return at(&nearest)
	default:
		return 1
	}
}

// judgeShare decides a claim on a share of the requests by its interval. at computes the
// interval at a level, see [comparison.ShareInterval].
func (v *ClaimVerdict) judgeShare(at func(level float64) stats.Interval) {
	in := at(v.Level)
	v.Estimate, v.Low, v.High = &in.Mean, &in.Low, &in.High
	v.Outcome = v.widenedOutcome(in)
	v.p = v.shareP(at)
}

// shareP returns the smallest two-sided error at which the answer would still be given.
func (v *ClaimVerdict) shareP(at func(level float64) stats.Interval) float64 {
	if !v.decided() {
		return 1
	}
	const rounds = 20 // halvings of the error, until it is a ten-millionth
	answered, unanswered := 1-v.Level, 0.0
	for range rounds {
		p := (answered + unanswered) / 2
		if v.OutcomeOf(v.movedOutward(at(1-p))) == v.Outcome {
			answered = p
		} else {
			unanswered = p
		}
	}
	return answered
}

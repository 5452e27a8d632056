package verdict

import (
	"math"

	"github.com/memproof/memproof/bench/internal/stats"
)

// secondaryError is the chance that some secondary claim of a run is answered wrongly.
const secondaryError = 0.05

// adjustSecondary applies Holm's correction: a secondary claim that is decided only at
// its own 5% becomes INCONCLUSIVE. Of twenty claims that are each answered at 5%, one is
// answered by chance.
func (v *Verdict) adjustSecondary() {
	var secondary []*ClaimVerdict
	var ps []float64
	for i := range v.Claims {
		if c := &v.Claims[i]; c.Secondary && c.Outcome.Answers() {
			secondary, ps = append(secondary, c), append(ps, c.p)
		}
	}
	for i, p := range stats.Holm(ps) {
		c := secondary[i]
		if !c.decided() {
			continue
		}
		c.HolmP = &p
		if p > secondaryError {
			c.note("Alone it would be %s; among %d secondary claims p is %.3f (Holm).", c.Outcome, len(secondary), p)
			c.Outcome = Inconclusive
		}
	}
}

// meanP returns the t-test p-value of the answer. For PROVEN it is the larger of the two
// bounds' p-values, for REFUTED the missed bound's, otherwise 1. It is scaled so that
// 0.05 is the claim's own error rate.
func (v *ClaimVerdict) meanP(xs []float64) float64 {
	at := func(end *float64) float64 {
		// Blocks without scatter, such as constant counts, have a single point as their
		// interval. It is on one side of the bound or on it, without doubt.
		if end == nil || *v.Low == *v.High {
			return 0
		}
		bound := v.scale().To(*end)
		if inward := math.Copysign(v.aaMargin, stats.Mean(xs)-bound); math.Abs(stats.Mean(xs)-bound) > v.aaMargin {
			bound += inward
		} else {
			return 1
		}
		return stats.TTest(xs, bound) * secondaryError / (1 - v.Level)
	}
	switch v.Outcome {
	case Proven:
		return min(1, max(at(v.AtLeast), at(v.AtMost)))
	case Refuted:
		nearest := v.nearestBound()
		return min(1, at(&nearest))
	default:
		return 1
	}
}

// judgeShare decides a claim on a share of the requests by its interval. at computes the
// interval at a level. Without any failure it is the exact upper bound over the
// requests of all trials; otherwise it comes from the trials, on the log scale.
func (v *ClaimVerdict) judgeShare(at func(level float64) stats.Interval) {
	in := at(v.Level)
	v.Estimate, v.Low, v.High = &in.Mean, &in.Low, &in.High
	v.Outcome = v.outcomeOf(in.Low, in.High)
	v.p = v.shareP(at)
}

// shareP returns the smallest error at which the answer would still be given, on the
// scale of meanP.
func (v *ClaimVerdict) shareP(at func(level float64) stats.Interval) float64 {
	if !v.decided() {
		return 1
	}
	const rounds = 40 // halvings of the error, until it is negligible
	answered, unanswered := 1-v.Level, 0.0
	for range rounds {
		p := (answered + unanswered) / 2
		if in := at(1 - p); v.outcomeOf(in.Low, in.High) == v.Outcome {
			answered = p
		} else {
			unanswered = p
		}
	}
	return answered * secondaryError / (1 - v.Level)
}

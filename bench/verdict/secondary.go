package verdict

import (
	"fmt"

	"github.com/memproof/memproof/bench/internal/stats"
)

// secondaryError is the chance that some secondary claim of a run is answered wrongly.
const secondaryError = 0.05

// together applies Holm's correction: a secondary claim that is decided only at its own
// 5% becomes INCONCLUSIVE. Of twenty claims that are each answered at 5%, one is
// answered by chance.
func (v *Verdict) adjustSecondary() {
	var asked []*ClaimVerdict
	var ps []float64
	for i := range v.Claims {
		if c := &v.Claims[i]; c.Secondary && c.Outcome.Answers() {
			asked, ps = append(asked, c), append(ps, c.p)
		}
	}
	for i, p := range stats.Holm(ps) {
		c := asked[i]
		if !c.decided() {
			continue
		}
		c.HolmP = &p
		if p > secondaryError {
			c.Notes = append(c.Notes, fmt.Sprintf("Alone it would be %s; among %d secondary claims p is %.3f (Holm).", c.Outcome, len(asked), p))
			c.Outcome = Inconclusive
		}
	}
}

// pOfAnswer returns the t-test p-value of the answer. For PROVEN it is the larger of
// the two bounds' p-values, for REFUTED the missed bound's, otherwise 1. It is scaled
// so that 0.05 is the claim's own error rate.
func (v *ClaimVerdict) claimP(xs []float64) float64 {
	at := func(end *float64) float64 {
		// Blocks without scatter, such as constant counts, have a single point as their
		// interval. It is on one side of the bound or on it, without doubt.
		if end == nil || *v.Low == *v.High {
			return 0
		}
		return stats.TTest(xs, v.scale().To(*end)) * secondaryError / (1 - v.Level)
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

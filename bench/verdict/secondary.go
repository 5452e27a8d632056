package verdict

import (
	"fmt"

	"github.com/memproof/memproof/bench/internal/stats"
)

// secondaryError is how often some secondary claim of a run may be answered
// wrongly.
const secondaryError = 0.05

// together takes back the answers of secondary claims that are none once it
// counts how many were asked: of twenty sentences that are each answered at 5%,
// one is answered by chance.
func (v *Verdict) together() {
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

// pOfAnswer is how likely blocks as far beyond the claim's ends would be by
// chance, by Student's test: for a proof the end that is met worst, for a
// refutation the one that is missed. It is on a scale on which 5% is the claim's
// own level, and 1 for a claim that has no answer.
func (v *ClaimVerdict) pOfAnswer(xs []float64) float64 {
	at := func(end *float64) float64 {
		// Blocks without scatter, such as counts that are always the same, have an
		// interval that is a point. It lies on the claim's end or it does not.
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

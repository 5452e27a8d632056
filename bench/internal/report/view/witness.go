package view

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/verdict"
)

// WitnessRow is a claim and its replicate.
type WitnessRow struct{ Says, First, Second, Agree, Change string }

// WitnessTable has a row a witness of the verdict.
func WitnessTable(v *verdict.Verdict) (rows []WitnessRow) {
	for _, w := range v.Witnesses {
		a, b := claimOf(v, w.A), claimOf(v, w.B)
		r := WitnessRow{Says: SentenceOf(a), First: testimony(a), Second: testimony(b), Agree: "differs", Change: showWitness(w, a)}
		if w.Agree {
			r.Agree = "agrees"
		}
		rows = append(rows, r)
	}
	return rows
}

func claimOf(v *verdict.Verdict, id string) verdict.ClaimVerdict {
	return v.Claims[slices.IndexFunc(v.Claims, func(c verdict.ClaimVerdict) bool { return c.ID == id })]
}

// testimony is "after against before: 62.9%, PROVEN".
func testimony(c verdict.ClaimVerdict) string {
	who := c.Of
	if c.Against != "" {
		who += " against " + c.Against
	}
	return fmt.Sprintf("%s: %s, %s", who, c.ShowEstimate(), c.Outcome)
}

// showWitness is what a comparison of two runs shows of a claim, see
// [ShowComparedChange].
func showWitness(w verdict.Witness, a verdict.ClaimVerdict) string {
	return ShowComparedChange(verdict.ComparedClaim{A: a, Effect: w.Change, Factor: w.Factor, Differ: w.Differ})
}

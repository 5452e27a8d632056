package report

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/verdict"
)

// witnessRow is a claim and its replicate.
type witnessRow struct{ Says, First, Second, Agree, Change string }

func witnessTable(v *verdict.Verdict) (rows []witnessRow) {
	for _, w := range v.Witnesses {
		a, b := claimOf(v, w.A), claimOf(v, w.B)
		r := witnessRow{Says: sentenceOf(a), First: testimony(a), Second: testimony(b), Agree: "differs", Change: showWitness(w, a)}
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
// showComparedChange.
func showWitness(w verdict.Witness, a verdict.ClaimVerdict) string {
	return showComparedChange(verdict.ComparedClaim{A: a, Effect: w.Change, Factor: w.Factor, Differ: w.Differ})
}

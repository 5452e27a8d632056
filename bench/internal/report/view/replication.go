package view

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/verdict"
)

// ReplicationRow is a claim and its replicate.
type ReplicationRow struct{ Statement, First, Second, Agree, Change string }

// ReplicationTable has one row for each replication of the verdict.
func ReplicationTable(v *verdict.Verdict) (rows []ReplicationRow) {
	for _, w := range v.Replications {
		a, b := claimOf(v, w.A), claimOf(v, w.B)
		r := ReplicationRow{Statement: SentenceOf(a), First: testimony(a), Second: testimony(b), Agree: "differs", Change: showReplication(w, a)}
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
	who := c.Variant
	if c.Baseline != "" {
		who += " against " + c.Baseline
	}
	return fmt.Sprintf("%s: %s, %s", who, c.ShowEstimate(), c.Outcome)
}

// showReplication is what a comparison of two runs shows of a claim, see
// [ShowComparedChange].
func showReplication(w verdict.Replication, a verdict.ClaimVerdict) string {
	return ShowComparedChange(verdict.ComparedClaim{A: a, Effect: w.Change, Factor: w.Factor, Differ: w.Differ})
}

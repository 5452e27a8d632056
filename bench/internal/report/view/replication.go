package view

import (
	"fmt"

	"github.com/memproof/memproof/bench/verdict"
)

// ReplicationRow is a claim and its replicate.
type ReplicationRow struct{ Statement, First, Second, Agree, Change string }

// ReplicationTable has one row for each replication of the verdict.
func ReplicationTable(v *verdict.Verdict) (rows []ReplicationRow) {
	answer := func(c verdict.ClaimVerdict) string {
		return fmt.Sprintf("%s: %s, %s", pairOf(c), c.ShowEstimate(), c.Outcome)
	}
	for _, w := range v.Replications {
		a, b := *v.Claim(w.A), *v.Claim(w.B)
		change := ShowComparedChange(a, w.Change)
		r := ReplicationRow{SentenceOf(a), answer(a), answer(b), "differs", change}
		if w.Agree {
			r.Agree = "agrees"
		}
		rows = append(rows, r)
	}
	return rows
}

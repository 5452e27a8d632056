package verdict

import (
	"slices"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/scenario"
)

// Replication is a claim and its replicate: the same question about other variants in the
// same blocks, such as the same service in another language.
type Replication struct {
	Says string `json:"statement"` // the sentence of the first claim
	A    string `json:"a"`         // id of the first claim
	B    string `json:"b"`         // id of its replicate

	Agree bool `json:"agree"` // both claims have the same answer
	// Change is the change from the first claim's figure to the second's. It is a
	// factor on the remaining part if the claims are reductions or ratios (1.5: half as
	// much again remains), else an amount in the metric's unit. Its interval is
	// computed over the blocks, pair by pair.
	Change comparison.Effect `json:"change"`
	Factor bool              `json:"factor"`
	Differ bool              `json:"differ"` // the interval, or without scatter every block, excludes "no change"
}

// compareReplicates compares each replicate with its claim.
func (v *Verdict) compareReplicates(sc *scenario.Scenario) {
	for i, c := range sc.Claims {
		first := slices.IndexFunc(v.Claims, func(a ClaimVerdict) bool { return a.ID == c.Replicates })
		if first < 0 {
			continue
		}
		if w, ok := replication(v.Claims[first], v.Claims[i]); ok {
			v.Replications = append(v.Replications, w)
		}
	}
}

// replication compares two claims; ok is false if one was not measured.
func replication(a, b ClaimVerdict) (w Replication, ok bool) {
	to := a.scale().To
	var apart []float64 // the differences in the blocks that count for both
	for i, number := range a.Blocks {
		j := slices.Index(b.Blocks, number)
		if j >= 0 && i < len(a.PerBlock) && j < len(b.PerBlock) {
			apart = append(apart, to(b.PerBlock[j])-to(a.PerBlock[i]))
		}
	}
	in, err := stats.MeanInterval(apart, comparison.Level)
	if err != nil {
		return w, false
	}
	w = Replication{Says: a.Statement, A: a.ID, B: b.ID, Agree: a.Outcome == b.Outcome, Factor: a.scale().Factor}
	change := comparison.Effect{Change: in.Mean, Low: in.Low, High: in.High} // on the scale
	w.Change, w.Differ = a.scale().Effect(change), change.ClearOfZero()
	return w, true
}

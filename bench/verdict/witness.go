package verdict

import (
	"slices"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
)

// Witness is a sentence that was asked of two pairs of variants in the same
// blocks, such as of a service and of the same service in another language: what
// each of them says, and whether they agree.
type Witness struct {
	Says string `json:"says"`
	A    string `json:"a"` // id of the first claim
	B    string `json:"b"` // and of the second

	Agree bool `json:"agree"` // both claims have the same answer
	// Change is the second's figure against the first's: a factor where the claims
	// are reductions or ratios, of what is left (1.5 leaves half as much again),
	// else in the metric's unit. Its interval is taken over the blocks, pair by pair.
	Change Effect `json:"change"`
	Factor bool   `json:"factor"`
	Differ bool   `json:"differ"` // the interval excludes no change
}

// witnesses are the claims that say the same, two by two.
func (v *Verdict) witnesses() {
	for i, a := range v.Claims {
		for _, b := range v.Claims[i+1:] {
			if a.Says == "" || a.Says != b.Says || a.Metric != b.Metric || a.Comparison != b.Comparison {
				continue
			}
			if w, ok := witness(a, b); ok {
				v.Witnesses = append(v.Witnesses, w)
			}
		}
	}
}

// witness sets two claims side by side; ok is false where one was not measured.
func witness(a, b ClaimVerdict) (w Witness, ok bool) {
	to := a.scale().To
	var apart []float64 // of the blocks that count for both
	for i, number := range a.Blocks {
		j := slices.Index(b.Blocks, number)
		if j >= 0 && i < len(a.PerBlock) && j < len(b.PerBlock) {
			apart = append(apart, to(b.PerBlock[j])-to(a.PerBlock[i]))
		}
	}
	in, err := stats.MeanInterval(apart, 0.95)
	if err != nil {
		return w, false
	}
	w = Witness{
		Says: a.Says, A: a.ID, B: b.ID, Agree: a.Outcome == b.Outcome, Factor: a.byFactor(),
		Change: Effect{Change: in.Mean, Low: in.Low, High: in.High},
	}
	w.Differ = w.Change.ClearOfZero()
	if from := comparison.Scales[comparison.Ratio].From; w.Factor {
		w.Change = Effect{Change: from(in.Mean), Low: from(in.Low), High: from(in.High)}
	}
	return w, true
}

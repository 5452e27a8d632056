package verdict

import (
	"github.com/memproof/memproof/bench/internal/stats"
)

// share decides a claim on a share of the requests by its interval. at computes the
// interval at a level. Without any failure it is the exact upper bound over the
// requests of all trials; otherwise it comes from the trials, on the log scale.
func (v *ClaimVerdict) share(at func(level float64) stats.Interval) {
	in := at(v.Level)
	v.Estimate, v.Low, v.High = &in.Mean, &in.Low, &in.High
	v.Outcome = v.outcomeOf(in.Low, in.High)
	v.p = v.shareP(at)
}

// pOfShare returns the smallest error at which the answer would still be given, on the
// scale of pOfAnswer.
func (v *ClaimVerdict) shareP(at func(level float64) stats.Interval) float64 {
	if !v.decided() {
		return 1
	}
	const rounds = 40 // halvings of the error, until it is negligible
	holds, fails := 1-v.Level, 0.0
	for range rounds {
		p := (holds + fails) / 2
		if p <= 0 {
			break
		}
		if in := at(1 - p); v.outcomeOf(in.Low, in.High) == v.Outcome {
			holds = p
		} else {
			fails = p
		}
	}
	return holds * secondaryError / (1 - v.Level)
}

package bench

import (
	"fmt"
	"math"
	"slices"
)

// unseenFailures says what it is worth that no request of a variant failed. Blocks
// that are all 0 have no scatter, so the interval over them has no width. Yet where
// the true share is 1-0.05^(1/n), about 3/n, all of n requests succeed one time in
// twenty, so it is known to lie below that and no lower (Hanley & Lippman-Hand 1983,
// JAMA 249, 1743-1745). It takes requests for independent of each other.
func (v *Verdict) unseenFailures(c Claim, valid []block) (notes []string) {
	if c.Metric != Errors {
		return nil
	}
	for _, name := range c.variants() {
		shares := figures(valid, name, Errors)
		if len(shares) == 0 || slices.Max(shares) > 0 {
			continue
		}
		n := float64(v.windowHits) * float64(len(shares))
		notes = append(notes, fmt.Sprintf("None of %.0f requests to %s failed: with 95%% confidence fewer than %.2g%% do.",
			n, name, 100*(1-math.Pow(0.05, 1/n))))
	}
	return notes
}

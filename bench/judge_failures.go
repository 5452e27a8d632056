package bench

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
)

// unseenFailures says of each variant without a failed request how small the share
// of failures is known to be: the exact upper bound at 95%, see [stats.ShareBounds].
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
		_, most := stats.ShareBounds(0, n, 0.95)
		notes = append(notes, fmt.Sprintf("None of %.0f requests to %s failed: with 95%% confidence fewer than %.2g%% do.", n, name, 100*most))
	}
	return notes
}

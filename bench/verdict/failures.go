package verdict

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// unseenFailures gives, for each variant without a failed request, the exact upper
// bound at 95% on its true share of failures: see [stats.ShareBounds].
func (v *Verdict) unseenFailures(c scenario.Claim, valid []measure.Block) (notes []string) {
	if c.Metric != metric.Errors {
		return nil
	}
	for _, name := range c.Variants() {
		shares := measure.Figures(valid, name, metric.Errors)
		if len(shares) == 0 || slices.Max(shares) > 0 {
			continue
		}
		n := float64(v.windowHits) * float64(len(shares))
		_, most := stats.ShareBounds(0, n, 0.95)
		notes = append(notes, fmt.Sprintf("None of %.0f requests to %s failed: with 95%% confidence fewer than %.2g%% do.", n, name, 100*most))
	}
	return notes
}

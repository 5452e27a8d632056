package scenario

import (
	"slices"

	"github.com/memproof/memproof/bench/comparison"
)

// Analyses returns the numbers of blocks after which the claims are tested: the
// scenario's, else all blocks.
func (s *Scenario) Analyses() []int {
	if len(s.InterimAnalyses) > 0 {
		return s.InterimAnalyses
	}
	return []int{s.Blocks}
}

// maxAnalyses is the most analyses that are useful: from five on, more gain next to
// nothing (Pocock 1977).
const maxAnalyses = 5

func (c checker) analyses() {
	at, blocks, claims := c.sc.InterimAnalyses, c.sc.Blocks, len(c.sc.Claims)
	if c.Bad("interim_analyses") {
		return
	}
	if len(at) == 0 {
		if claims > 0 && blocks < comparison.MinBlocks {
			c.Fail("blocks", "%d blocks cannot decide a claim at 5%%, because the exact test's p cannot be below 2^(1-blocks): want at least %d",
				blocks, comparison.MinBlocks)
		}
		return
	}
	rising := slices.IsSorted(at) && len(slices.Compact(slices.Clone(at))) == len(at)
	switch last := at[len(at)-1]; {
	case !rising || at[0] < comparison.MinBlocks:
		c.Fail("interim_analyses", "%v: want numbers of blocks that rise from %d or more, such as [6, 9, 12]", at, comparison.MinBlocks)
	case len(at) > maxAnalyses:
		c.Fail("interim_analyses", "%d are too many: want at most %d, because each one makes all stricter", len(at), maxAnalyses)
	case last != blocks:
		c.Fail("interim_analyses", "the last is after %d blocks, and blocks is %d: drop blocks", last, blocks)
	case claims == 0:
		c.Fail("interim_analyses", "has no claim to decide: add claims, or drop this line")
	}
}

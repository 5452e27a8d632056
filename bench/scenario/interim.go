package scenario

import (
	"slices"

	"github.com/memproof/memproof/bench/comparison"
)

// Interims returns the numbers of blocks after which the claims are tested: the
// scenario's, else all blocks.
func (s *Scenario) Analyses() []int {
	if len(s.InterimAnalyses) > 0 {
		return s.InterimAnalyses
	}
	return []int{s.Blocks}
}

func (c checker) analyses() {
	looks := c.sc.InterimAnalyses
	if c.Bad("interim_analyses") {
		return
	}
	if len(looks) == 0 {
		if len(c.sc.Claims) > 0 && c.sc.Blocks < comparison.MinBlocks {
			c.Fail("blocks", "%d blocks cannot decide a claim at 5%%: the exact test's p cannot go below 2^(1-blocks); want at least %d", c.sc.Blocks, comparison.MinBlocks)
		}
		return
	}
	rising := slices.IsSorted(looks) && len(slices.Compact(slices.Clone(looks))) == len(looks)
	switch {
	case !rising || looks[0] < comparison.MinBlocks:
		c.Fail("interim_analyses", "%v: want numbers of blocks that rise from %d or more, such as [6, 9, 12]", looks, comparison.MinBlocks)
	case len(looks) > maxAnalyses:
		c.Fail("interim_analyses", "%d are too many: want at most %d, for each makes all of them stricter", len(looks), maxAnalyses)
	case looks[len(looks)-1] != c.sc.Blocks:
		c.Fail("interim_analyses", "the last is at %d, and blocks is %d: leave blocks out", looks[len(looks)-1], c.sc.Blocks)
	case len(c.sc.Claims) == 0:
		c.Fail("interim_analyses", "the scenario claims nothing that a look could decide")
	}
}

// maxLooks is the most analyses that are useful: from five on, more gain next to
// nothing (Pocock 1977).
const maxAnalyses = 5

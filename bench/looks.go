package bench

import (
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
)

// looks are the numbers of blocks at which the claims are looked at: the
// scenario's, else one look at all blocks.
func (s *Scenario) looks() []int {
	if len(s.Looks) > 0 {
		return s.Looks
	}
	return []int{s.Blocks}
}

// levels are those of the claims' intervals, by comparison. With several looks
// each is made at Pocock's level, so that all together err no more often than
// one look would. The ends of a one-sided claim's interval are bounds of half the
// error each.
func (s *Scenario) levels() map[Comparison]float64 {
	levels := map[Comparison]float64{}
	nominal := map[float64]float64{}
	for kind, scale := range scales {
		if len(s.looks()) == 1 {
			levels[kind] = scale.level
			continue
		}
		if _, ok := nominal[scale.level]; !ok {
			nominal[scale.level] = 1 - stats.Pocock(s.Looks, 1-scale.level)
		}
		levels[kind] = nominal[scale.level]
	}
	return levels
}

func (c checker) looks() {
	looks := c.sc.Looks
	if c.Bad("looks") {
		return
	}
	if len(looks) == 0 {
		if len(c.sc.Claims) > 0 && c.sc.Blocks < minBlocks {
			c.Fail("blocks", "%d blocks cannot decide a claim at 5%%: the exact test's p cannot go below 2^(1-blocks); want at least %d", c.sc.Blocks, minBlocks)
		}
		return
	}
	rising := slices.IsSorted(looks) && len(slices.Compact(slices.Clone(looks))) == len(looks)
	switch {
	case !rising || looks[0] < minBlocks:
		c.Fail("looks", "%v: want numbers of blocks that rise from %d or more, such as [6, 9, 12]", looks, minBlocks)
	case len(looks) > maxLooks:
		c.Fail("looks", "%d are too many: want at most %d, for each makes all of them stricter", len(looks), maxLooks)
	case looks[len(looks)-1] != c.sc.Blocks:
		c.Fail("looks", "the last is at %d, and blocks is %d: leave blocks out", looks[len(looks)-1], c.sc.Blocks)
	case len(c.sc.Claims) == 0:
		c.Fail("looks", "the scenario claims nothing that a look could decide")
	}
}

// maxLooks is how many looks make sense: from five on more gain next to nothing
// (Pocock 1977).
const maxLooks = 5

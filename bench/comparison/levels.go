package comparison

import "github.com/memproof/memproof/bench/internal/stats"

// The levels of two-sided intervals. The ends of a 90% interval are one-sided 95%
// bounds, by which a non-inferiority claim is decided (ICH E9, section 3.3.2).
const (
	TwoSided = 0.95
	OneSided = 0.90
)

// Level is the level of the comparison's interval in a run without interim analyses.
func (f Facts) Level() float64 {
	if f.OneSided {
		return OneSided
	}
	return TwoSided
}

// MinBlocks is the fewest blocks that may decide a claim. The t interval is valid from
// two on; with two it is 12 standard errors wide, and one odd block goes unnoticed.
const MinBlocks = 3

// DefaultAnalyses applies to a scenario with claims that gives neither blocks nor
// interim_analyses. Most runs then end after three or four blocks.
var DefaultAnalyses = []int{3, 4, 5, 6}

// MaxAnalyses is the most analyses that are useful: from five on, more gain next to
// nothing (Pocock 1977).
const MaxAnalyses = 5

// Levels returns the levels of the claims' intervals by comparison. Analyses are the
// numbers of blocks at which the claims are tested. Each of several uses Pocock's level, so
// that together they err no more often than one would. The ends of a one-sided claim's
// interval are bounds with half the error each.
func Levels(analyses []int) map[Name]float64 {
	nominal := map[float64]float64{TwoSided: TwoSided, OneSided: OneSided}
	if len(analyses) != 1 {
		for level := range nominal {
			nominal[level] = 1 - stats.Pocock(analyses, 1-level)
		}
	}
	levels := map[Name]float64{}
	for _, c := range All {
		levels[c.Facts().Name] = nominal[c.Facts().Level()]
	}
	return levels
}

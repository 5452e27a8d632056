package comparison

import "github.com/memproof/memproof/bench/internal/stats"

// Level is the level of every two-sided interval in a run: of claims, controls and tables.
// Each end is a one-sided 95% bound. A claim is decided by such bounds, so a wrong answer
// has a chance of 5% on each side (ICH E9, section 3.3.2).
const Level = 0.90

// MinBlocks is the fewest blocks that may decide a claim. The t interval is valid from
// two on; with two it is 12 standard errors wide, and one odd block goes unnoticed.
const MinBlocks = 3

// DefaultAnalyses applies to a scenario with claims that gives neither blocks nor
// interim_analyses. Most runs then end after three or four blocks.
var DefaultAnalyses = []int{3, 4, 5, 6}

// MaxAnalyses is the most analyses that are useful: from five on, more gain next to
// nothing (Pocock 1977).
const MaxAnalyses = 5

// ClaimLevel returns the level of the claims' intervals. Analyses are the numbers of blocks
// at which the claims are tested. Each of several uses Pocock's level, so that together they
// err no more often than one at [Level].
func ClaimLevel(analyses []int) float64 {
	if len(analyses) < 2 {
		return Level
	}
	return 1 - stats.Pocock(analyses, 1-Level)
}

package chart

import (
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
)

// TestGrowthInPictureHasItsUnit: its interval says for how many requests.
func TestGrowthInPictureHasItsUnit(t *testing.T) {
	t.Parallel()
	lines := answerLines(reporttest.GrowthClaim(comparison.Difference))
	if got, want := lines[2].text+" "+lines[3].text, "-95.4 MB to -56.3 MB per 1,000 requests"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

package comparison_test

import (
	"math"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
)

// TestClaimLevel: one analysis errs at 5% on each side; of several, each uses Pocock's
// level for 10%, two-sided. for five equal steps its normal quantile is 2.122.
func TestClaimLevel(t *testing.T) {
	for _, tt := range []struct {
		analyses []int
		want     float64
	}{{nil, 0.90}, {[]int{6}, 0.90}, {[]int{3, 6, 9, 12, 15}, 1 - 0.0338}} {
		if got := comparison.ClaimLevel(tt.analyses); math.Abs(got-tt.want) > 0.0001 {
			t.Errorf("%v: %.5f, want %.4f", tt.analyses, got, tt.want)
		}
	}
	if level := comparison.ClaimLevel(comparison.DefaultAnalyses); level < 0.95 || level > 0.965 {
		t.Errorf("the default is %.4f", level)
	}
}

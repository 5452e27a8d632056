package chart

import (
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// TestMemoryClaimsInThePicture: a range that begins too high is left out, and the end of
// one that reaches too high does not stretch the axis.
func TestMemoryClaimsInThePicture(t *testing.T) {
	t.Parallel()
	end := func(x float64) *float64 { return &x }
	claim := func(least, most *float64) verdict.ClaimVerdict {
		return verdict.ClaimVerdict{Metric: metric.MemoryMean, Comparison: comparison.Value, Variant: "a", AtLeast: least, AtMost: most}
	}
	m := view.Material{Arms: []view.Arm{{Name: "a"}}, Verdict: &verdict.Verdict{Claims: []verdict.ClaimVerdict{
		claim(end(7), end(60)), claim(nil, end(50)), claim(end(5), nil),
	}}}
	claims, highest := memoryClaims(m, 20)
	if len(claims) != 2 || claims[0].low != 7 || claims[0].high != 60 || claims[1].low != 5 || claims[1].high != 5 || highest != 7 {
		t.Errorf("claims %+v up to %v; want 7 to 60 and 5, up to 7", claims, highest)
	}
}

package bench

import (
	"slices"
	"testing"
)

// TestUnseenFailures: of 300 requests that all succeeded the true share of failures
// may be 0.99%, and 0.9901^300 is 0.05; one failure gives the blocks a scatter.
func TestUnseenFailures(t *testing.T) {
	v := &Verdict{windowHits: 100}
	ofErrors := Claim{ID: "errors", Metric: Errors, Of: "a"}
	tests := map[string]struct {
		claim  Claim
		shares []float64
		want   []string
	}{
		"none of 300":  {ofErrors, []float64{0, 0, 0}, []string{"None of 300 requests to a failed: with 95% confidence fewer than 0.99% do."}},
		"one of 300":   {ofErrors, []float64{0, 0.01, 0}, nil},
		"not measured": {ofErrors, nil, nil},
		"of memory":    {Claim{ID: "less", Metric: MemoryMean, Of: "a"}, []float64{0, 0, 0}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var valid []block
			for _, share := range tt.shares {
				valid = append(valid, block{"a": {Figures: map[Metric]float64{Errors: share}}})
			}
			if got := v.unseenFailures(tt.claim, valid); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

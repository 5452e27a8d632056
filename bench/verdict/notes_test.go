package verdict

import (
	"slices"
	"testing"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// TestNoteOfNoFailures: if all of 300 requests succeed, the true share of failures may be
// 0.99%, because 0.9901^300 is 0.05. With one failure the blocks scatter.
func TestNoteOfNoFailures(t *testing.T) {
	v := &Verdict{windowHits: 100}
	ofErrors := scenario.Claim{ID: "errors", Metric: metric.Errors, Variant: "a"}
	tests := map[string]struct {
		claim  scenario.Claim
		shares []float64
		want   []string
	}{
		"none of 300":  {ofErrors, []float64{0, 0, 0}, []string{"None of 300 requests to a failed: with 95% confidence fewer than 0.99% do."}},
		"one of 300":   {ofErrors, []float64{0, 0.01, 0}, nil},
		"not measured": {ofErrors, nil, nil},
		"of memory":    {scenario.Claim{ID: "less", Metric: metric.MemoryMean, Variant: "a"}, []float64{0, 0, 0}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var valid []measure.Block
			for _, share := range tt.shares {
				valid = append(valid, measure.Block{"a": {Figures: map[metric.Name]float64{metric.Errors: share}}})
			}
			a := ClaimVerdict{Metric: tt.claim.Metric}
			if v.addNotes(&a, &scenario.Scenario{}, tt.claim, valid); !slices.Equal(a.Notes, tt.want) {
				t.Errorf("%q, want %q", a.Notes, tt.want)
			}
		})
	}
}

// TestNoteOfATrend: six blocks that all rise have a p of 0.0028, five one of 0.0167. Equal
// figures have no order.
func TestNoteOfATrend(t *testing.T) {
	for _, tt := range []struct {
		perBlock []float64
		want     int
	}{
		{[]float64{0.9710, 0.9716, 0.9725, 0.9731, 0.9734, 0.9758}, 1},
		{[]float64{0.9890, 0.9847, 0.9833, 0.9801, 0.9793, 0.9775}, 1},
		{[]float64{0.9716, 0.9710, 0.9725, 0.9731, 0.9734, 0.9758}, 0},
		{[]float64{1, 2, 3, 4, 5}, 0},
		{[]float64{1, 2, 3, 4, 5, 6, 6}, 0},
	} {
		v := ClaimVerdict{PerBlock: tt.perBlock, Comparison: "ratio"}
		if v.noteTrend(); len(v.Notes) != tt.want {
			t.Errorf("%v: %q", tt.perBlock, v.Notes)
		}
	}
}

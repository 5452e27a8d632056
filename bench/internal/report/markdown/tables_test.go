package markdown

import (
	"slices"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// TestBlocksAgreeWithClaim: the table of blocks has the claim's figure where the block
// counts, else that it does not.
func TestBlocksAgreeWithClaim(t *testing.T) {
	t.Parallel()
	run := reporttest.Troubled().Write(t, t.TempDir())
	m := view.Of(run, reporttest.Judged(t, run))
	_, rows := blockTable(m)
	claim, ok := memoryComparison(m.Verdict)
	if !ok || len(rows) != 10 {
		t.Fatalf("%d rows, compared %t", len(rows), ok)
	}
	for _, r := range rows {
		want := notCounted
		if i := slices.Index(claim.Blocks, r.Number); i >= 0 {
			want = claim.Show(claim.PerBlock[i])
		}
		if got := r.Cells[len(r.Cells)-1]; got != want {
			t.Errorf("block %d reads %q, want %q", r.Number, got, want)
		}
	}
}

// TestWhyAbsent: what a repeat mended is no reason.
func TestWhyAbsent(t *testing.T) {
	v := &verdict.Verdict{Trials: []measure.TrialResult{
		{Block: 1, Position: 1, Variant: "a", Superseded: true, Absent: map[metric.Name]string{metric.LatencyP50: "the generator fell behind"}},
		{Block: 1, Position: 3, Variant: "a", Figures: map[metric.Name]float64{metric.LatencyP50: 1}},
		{Block: 2, Position: 1, Variant: "a", Absent: map[metric.Name]string{metric.LatencyP50: "throttled"}},
	}}
	if why := whyAbsent(v, "a", metric.LatencyP50); why != "throttled" {
		t.Errorf("absent since %q, want the reason of the trial that stands", why)
	}
}

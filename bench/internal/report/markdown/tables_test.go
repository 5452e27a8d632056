package markdown

import (
	"slices"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
)

// TestBlocksAgreeWithClaim: the table of blocks has the claim's figure where the block
// counts, else that it does not.
func TestBlocksAgreeWithClaim(t *testing.T) {
	t.Parallel()
	run := reporttest.Troubled().Write(t, t.TempDir())
	m := view.Of(run, reporttest.Judged(t, run))
	_, rows := blockTable(m)
	claim, ok := headlineClaim(m.Verdict)
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

package verdict

import (
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
)

// TestReplicationPairsByBlock: two claims are compared block by block, even if different
// blocks count for them.
func TestReplicationPairsByBlock(t *testing.T) {
	t.Parallel()
	estimate := 1.0
	claim := func(id string, blocks []int, figures ...float64) ClaimVerdict {
		return ClaimVerdict{ID: id, Metric: metric.MemoryMean, Comparison: comparison.Difference, Estimate: &estimate, Blocks: blocks, PerBlock: figures}
	}
	a := claim("a", []int{1, 2, 3, 4}, 10, 20, 30, 40)
	b := claim("b", []int{1, 3, 4, 5}, 11, 31, 41, 51)
	w, ok := replication(a, b)
	if !ok || w.Change.Change != 1 || w.Change.Low != 1 || w.Change.High != 1 {
		t.Errorf("%+v, %t, want 1 apart in each of three blocks", w.Change, ok)
	}
	if _, ok := replication(a, claim("c", []int{7, 8, 9, 10}, 1, 2, 3, 4)); ok {
		t.Error("claims without a block in common are compared")
	}
}

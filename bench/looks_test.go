package bench_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
)

const twoLooks = "looks: [6, 9]"

// trials is how many trials a rig was asked for.
func (f *fakeRig) trials() (n int) {
	for _, c := range f.calls {
		if strings.HasPrefix(c, "start ") {
			n++
		}
	}
	return n
}

// TestRunEndsWithTheLookThatDecides: what is clear after six blocks is not
// measured nine times.
func TestRunEndsWithTheLookThatDecides(t *testing.T) {
	run, f := create(t, "blocks: 6", twoLooks), newFakeRig()
	v := execute(t, run, f)
	if v.Outcome != bench.Proven || v.Blocks != 6 || v.Planned != 6 || f.trials() != 6*3+4 {
		t.Errorf("%s after %d of %d blocks, %d trials: %q", v.Outcome, v.Blocks, v.Planned, f.trials(), v.Reasons)
	}
	if level := claim(t, v, "less").Level; level <= 0.96 || level >= 0.975 { // two looks, closer than equal steps: between 5% and 2.94%
		t.Errorf("the interval's level is %v", level)
	}
	again := newFakeRig()
	if err := bench.Execute(t.Context(), run, again.rig()); err != nil || again.trials() != 0 {
		t.Errorf("gone on with, a run that is decided starts %d trials, %v", again.trials(), err)
	}
}

// TestRunGoesOnWhereALookDecidesNothing: b takes half of a, give or take a fifth.
func TestRunGoesOnWhereALookDecidesNothing(t *testing.T) {
	f := newFakeRig()
	f.armMemory = func(p bench.TrialPlan, x float64) float64 {
		if p.Variant.Name == "b" {
			return 500e6 * (1 + 0.2*float64(p.Block%3-1))
		}
		return x
	}
	v := execute(t, create(t, "blocks: 6", twoLooks), f)
	if v.Outcome != bench.Inconclusive || v.Blocks != 9 || f.trials() != 9*3+4 {
		t.Errorf("%s after %d blocks, %d trials: %q", v.Outcome, v.Blocks, f.trials(), v.Reasons)
	}
	if notes := strings.Join(f.notes, "\n"); !strings.Contains(notes, "look after 6 blocks: INCONCLUSIVE, the run goes on to the next at 9") {
		t.Errorf("notes:\n%s", notes)
	}
}

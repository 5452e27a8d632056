package verdict_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/design"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/verdict"
)

const twoLooks = "interim_analyses: [6, 9]"

// TestRunEndsWithTheLookThatDecides: a claim that is clear after six blocks ends the
// run there, not after nine.
func TestRunEndsWithTheLookThatDecides(t *testing.T) {
	run, f := fakerig.Create(t, "blocks: 6", twoLooks), fakerig.New()
	v := fakerig.Execute(t, run, f)
	if v.Outcome != verdict.Proven || v.Blocks != 6 || v.Planned != 6 || f.Trials() != 6*3+4 {
		t.Errorf("%s after %d of %d blocks, %d trials: %q", v.Outcome, v.Blocks, v.Planned, f.Trials(), v.Reasons)
	}
	if level := fakerig.Claim(t, v, "less").Level; level <= 0.92 || level >= 0.95 { // two analyses, not equally spaced: between 10% and 5.6%
		t.Errorf("the interval's level is %v", level)
	}
	again := fakerig.New()
	if err := experiment.Conduct(t.Context(), design.Of(run), run, again.Rig()); err != nil || again.Trials() != 0 {
		t.Errorf("gone on with, a run that is decided starts %d trials, %v", again.Trials(), err)
	}
}

// TestRunGoesOnWhereALookDecidesNothing: b has half the memory of a, with a scatter of
// a fifth.
func TestRunGoesOnWhereALookDecidesNothing(t *testing.T) {
	f := fakerig.New()
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		if p.Arm.Name == "b" {
			return 500e6 * (1 + 0.2*float64(p.Block%3-1))
		}
		return x
	}
	v := fakerig.Execute(t, fakerig.Create(t, "blocks: 6", twoLooks), f)
	if v.Outcome != verdict.Inconclusive || v.Blocks != 9 || f.Trials() != 9*3+4 {
		t.Errorf("%s after %d blocks, %d trials: %q", v.Outcome, v.Blocks, f.Trials(), v.Reasons)
	}
	if notes := strings.Join(f.Notes, "\n"); !strings.Contains(notes, "interim analysis after 6 blocks: 1 of 2 claims are answered, less stays open and runs on; the next is after 9") {
		t.Errorf("notes:\n%s", notes)
	}
}

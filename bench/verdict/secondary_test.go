package verdict_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// Two secondary claims that are each proven at 4% are not both proven at 5%. A
// third, clearly wrong, is refuted. The run is PROVEN anyway.
func TestJudgeSecondaryClaims(t *testing.T) {
	levels := []float64{400e6, 420e6, 380e6, 410e6, 390e6, 400e6} // 400 MB, standard error 5.8 MB
	f := fakerig.New()
	f.Memory = func(p experiment.TrialPlan) uint64 {
		if p.Arm.Name == "a" {
			return 1000e6
		}
		return uint64(levels[p.Block-1])
	}
	const just = "  - {id: just, metric: memory.mean, variant: b, value: {at_most: 413MB}, secondary: true}\n"
	judge := func(claims string) *verdict.Verdict {
		return fakerig.Execute(t, fakerig.Create(t, "claims:\n", "claims:\n"+claims), f)
	}
	alone := judge(just)
	if c := fakerig.Claim(t, alone, "just"); c.Outcome != verdict.Proven || c.HolmP == nil || *c.HolmP < 0.02 || *c.HolmP > 0.05 {
		t.Errorf("alone: %s, %v", c.Outcome, c.HolmP)
	}

	v := judge(just +
		"  - {id: as-just, metric: memory.mean, variant: b, value: {at_least: 387MB}, secondary: true}\n" +
		"  - {id: wrong, metric: memory.mean, variant: b, baseline: a, difference: {at_least: -200MB, at_most: -100MB}, secondary: true}\n")
	for _, id := range []string{"just", "as-just"} {
		c := fakerig.Claim(t, v, id)
		if c.Outcome != verdict.Inconclusive || *c.HolmP < 0.05 || !strings.Contains(strings.Join(c.Notes, " "), "Alone it would be PROVEN") {
			t.Errorf("%s: %s, p %v, %q", id, c.Outcome, *c.HolmP, c.Notes)
		}
	}
	if c := fakerig.Claim(t, v, "wrong"); c.Outcome != verdict.Refuted || *c.HolmP > 0.001 {
		t.Errorf("wrong: %s, p %v", c.Outcome, *c.HolmP)
	}
	if v.Outcome != verdict.Proven || len(v.Primary()) != 2 || len(v.Secondary()) != 3 {
		t.Errorf("the run is %s by %d claims", v.Outcome, len(v.Primary()))
	}
}

// A run with only secondary claims has no primary claim.
func TestJudgeSecondaryClaimsAlone(t *testing.T) {
	f := fakerig.New()
	v := fakerig.Execute(t, fakerig.Create(t, "id: ", "secondary: true, id: "), f)
	if v.Outcome != verdict.NothingClaimed || fakerig.Claim(t, v, "less").Outcome != verdict.Proven {
		t.Errorf("%s, %s", v.Outcome, fakerig.Claim(t, v, "less").Outcome)
	}
}

// A count that is the same in every block lies on the claim's bound. It has no p-value, and
// the number of other claims does not change its answer.
func TestJudgeSecondaryClaimWithoutScatter(t *testing.T) {
	f := fakerig.New()
	f.Counters = func(experiment.TrialPlan, bool) record.Counters { return record.Counters{"service.restarts": 0} }
	v := fakerig.Execute(t, fakerig.Create(t, "claims:\n", "claims:\n  - {id: none, metric: service.restarts, variant: a, value: {equals: 0}, secondary: true}\n", "blocks: 6", "blocks: 6\ncounters_path: /c"), f)
	if c := fakerig.Claim(t, v, "none"); c.Outcome != verdict.Proven || c.HolmP != nil || c.Count == nil {
		t.Errorf("%s, %v, %q", c.Outcome, c.HolmP, c.Notes)
	}
	v = fakerig.Execute(t, fakerig.Create(t, "claims:\n", "claims:\n  - {id: some, metric: errors, variant: a, value: {at_least: 1%}, secondary: true}\n"), fakerig.New())
	if c := fakerig.Claim(t, v, "some"); c.Outcome != verdict.Refuted {
		t.Errorf("%s, %v, %q", c.Outcome, c.HolmP, c.Notes)
	}
}

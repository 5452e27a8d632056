package bench

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/verdict"
)

// TestUnproven: each outcome but PROVEN fails the gate, says so and tells what is to
// blame, which is never the same.
func TestUnproven(t *testing.T) {
	said := map[string]verdict.Outcome{}
	for _, o := range []verdict.Outcome{verdict.Refuted, verdict.Inconclusive, verdict.NothingClaimed, verdict.Failed, verdict.Invalid} {
		why := unproven(&verdict.Verdict{Outcome: o})
		if why == nil || !strings.Contains(why.Error(), string(o)) {
			t.Errorf("%s: %v", o, why)
		}
		if other, twice := said[blame[o]]; twice || blame[o] == "" {
			t.Errorf("%s: %q, as %s", o, blame[o], other)
		}
		said[blame[o]] = o
	}
	if why := unproven(&verdict.Verdict{Outcome: verdict.Proven}); why != nil {
		t.Error(why)
	}
}

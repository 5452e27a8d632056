package view

import (
	"testing"

	"github.com/memproof/memproof/bench/verdict"
)

func TestStartedFact(t *testing.T) {
	v := &verdict.Verdict{Started: []verdict.ArmTrials{{Arm: "before", Started: 7, Repeats: 1}, {Arm: "after", Started: 8, Repeats: 2}, {Arm: "A-A", Started: 6}}}
	const want = "before 7 (1 repeat), after 8 (2 repeats), A-A 6"
	if facts := StartedFact(v); len(facts) != 1 || facts[0].Value != want {
		t.Errorf("%q, want %q", facts, want)
	}
	if facts := StartedFact(new(verdict.Verdict)); facts != nil {
		t.Errorf("without trials: %q", facts)
	}
}

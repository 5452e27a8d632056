package view

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/record"
)

func TestClockFacts(t *testing.T) {
	t.Parallel()
	clock := func(by string, offset, unsteady float64) *record.Trial {
		return &record.Trial{Clock: &record.SampleClock{By: by, Offset: offset, Unsteady: unsteady}}
	}
	run := &record.Run{Trials: []*record.Trial{{}, clock(record.ByBoottime, -4, 0.001), clock(record.ByBoottime, 0.002, 0.02)}}
	facts := clockFacts(run)
	if len(facts) != 1 || facts[0].Value != "boottime (2 trials); the generator's wall clock was -4.00 s to 2.00 ms ahead of theirs, and drifted by at most 20.0 ms in a trial" {
		t.Errorf("got %v", facts)
	}
	run.Trials = append(run.Trials, clock(record.ByWall, 0, 0))
	if got := clockFacts(run)[0].Value; !strings.HasPrefix(got, "boottime (2 trials), wall (1 trial);") {
		t.Errorf("got %s", got)
	}
	if facts := clockFacts(&record.Run{Trials: []*record.Trial{{}}}); facts != nil {
		t.Errorf("of a run without clocks: %v", facts)
	}
}

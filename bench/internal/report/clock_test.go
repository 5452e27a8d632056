package report

import (
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

func TestClockFacts(t *testing.T) {
	t.Parallel()
	clock := func(by string, offset, unsteady float64) *bench.Trial {
		return &bench.Trial{Clock: &bench.SampleClock{By: by, Offset: offset, Unsteady: unsteady}}
	}
	run := &bench.Run{Trials: []*bench.Trial{{}, clock(bench.ByBoottime, -4, 0.001), clock(bench.ByBoottime, 0.002, 0.02)}}
	facts := clockFacts(run)
	if len(facts) != 1 || facts[0].Value != "boottime; the generator's wall clock was ahead of theirs by -4.00 s to 2.00 ms, and moved against it by at most 20.0 ms in a trial" {
		t.Errorf("got %v", facts)
	}
	run.Trials = append(run.Trials, clock(bench.ByWall, 0, 0))
	if got := clockFacts(run)[0].Value; got[:36] != "boottime (2 trials), wall (1 trial);" {
		t.Errorf("got %s", got)
	}
	if facts := clockFacts(&bench.Run{Trials: []*bench.Trial{{}}}); facts != nil {
		t.Errorf("of an old run: %v", facts)
	}
}

// TestCurveIsPlacedByTheTrialsClock, as the table is.
func TestCurveIsPlacedByTheTrialsClock(t *testing.T) {
	t.Parallel()
	trial := guideLike().write(t, t.TempDir()).Trials[0]
	before, err := memoryPoints(trial, 1e9, bench.BasisCharged)
	check(t, err)
	trial.Clock = &bench.SampleClock{By: bench.ByWall, Zero: time.Unix(4, 0)}
	after, err := memoryPoints(trial, 1e9, bench.BasisCharged)
	check(t, err)
	if len(before) == 0 || len(after) == 0 {
		t.Fatal("no points")
	}
	last := func(p []point) float64 { return p[len(p)-1].at }
	if got := last(after) - last(before); got < 3.999 || got > 4.001 {
		t.Errorf("the curve moved by %g s, want 4", got)
	}
}

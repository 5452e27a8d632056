package design

import (
	"time"

	"github.com/memproof/memproof/bench/scenario"
)

// TrialCount returns how many trials a run has, controls included. least is the number if
// the first analysis answers every claim. planned is the number if all analyses are made
// and no claim is answered before the last. most is the worst case: every allowed repeat
// is used, too, and every block holds the injected arms because none of their readings
// counts.
func TrialCount(s *scenario.Scenario) (least, planned, most int) {
	arms, injected := len(s.Arms()), len(s.Injected())
	if arms == 0 || s.Blocks == 0 {
		return 0, 0, 0
	}
	every := s.Blocks * arms
	return s.Analyses()[0]*arms + scenario.Injections*injected, every + scenario.Injections*injected, every + s.Blocks*injected + s.MaxRepeats
}

// aroundTrial is the time of a trial outside its idle phase and its load: the noise
// reading, a fresh database, start and stop. In seven runs of services with a database,
// on 2 slow processors, it was 7 to 13 s.
const aroundTrial = 10 * time.Second

// TrialLength estimates the length of a trial, without a wait for a quiet machine.
func TrialLength(s *scenario.Scenario) time.Duration {
	return s.Load.Idle + s.LoadLength() + aroundTrial
}

// Length estimates the length of the fewest trials together, and of the planned ones.
// Building and pulling before the first trial is not included.
func Length(s *scenario.Scenario) (least, planned time.Duration) {
	fewest, all, _ := TrialCount(s)
	each := TrialLength(s)
	return time.Duration(fewest) * each, time.Duration(all) * each
}

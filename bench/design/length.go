package design

import (
	"time"

	"github.com/memproof/memproof/bench/scenario"
)

// TrialCount returns how many trials a run has, controls included. planned is the
// normal number. most is the worst case: every allowed repeat is used, and every block
// holds the injected arms because none of their readings counts. An interim analysis
// may end a run earlier.
func TrialCount(s *scenario.Scenario) (planned, most int) {
	every := s.Blocks * len(s.Arms())
	if every == 0 {
		return 0, 0
	}
	return every + scenario.Injections*len(s.Injected()), every + s.Blocks*len(s.Injected()) + s.MaxRepeats
}

// aroundTrial is the time of a trial outside its idle phase and its load: the noise
// reading, a fresh database, start and stop. In seven runs of services with a database,
// on 2 slow processors, it was 7 to 13 s.
const aroundTrial = 10 * time.Second

// TrialLength estimates the length of a trial, without a wait for a quiet machine.
func TrialLength(s *scenario.Scenario) time.Duration {
	return s.Load.Idle + s.LoadLength() + aroundTrial
}

// Length estimates the length of the planned trials together. Building and pulling
// before the first trial is not included.
func Length(s *scenario.Scenario) time.Duration {
	planned, _ := TrialCount(s)
	return time.Duration(planned) * TrialLength(s)
}

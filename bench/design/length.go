package design

import (
	"time"

	"github.com/memproof/memproof/bench/scenario"
)

// TrialCount is how many trials a run has, the controls included: those that are
// planned, and the most that there can be, when every trial that may be run again is, and
// every block holds the injected arms since no reading of them counts. An interim
// analysis may end a run earlier.
func TrialCount(s *scenario.Scenario) (planned, most int) {
	every := s.Blocks * len(s.Arms())
	if every == 0 {
		return 0, 0
	}
	return every + scenario.Injections*len(s.Injected()), every + s.Blocks*len(s.Injected()) + s.Replace
}

// aroundTrial is what a trial takes besides its idle phase and its load: the look at
// the machine, a fresh database, start and stop. In seven runs of services with a
// database, on 2 slow processors, it took 7 to 13 s.
const aroundTrial = 10 * time.Second

// TrialLength is about how long a trial takes, without a wait for a quiet machine.
func TrialLength(s *scenario.Scenario) time.Duration {
	return s.Load.Idle + s.LoadLength() + aroundTrial
}

// Length is about how long the planned trials take together; what is built and
// pulled before the first comes on top.
func Length(s *scenario.Scenario) time.Duration {
	planned, _ := TrialCount(s)
	return time.Duration(planned) * TrialLength(s)
}

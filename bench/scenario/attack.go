package scenario

import (
	"time"

	"github.com/memproof/memproof/bench/scenario/load"
)

// Attack is the load of one trial.
type Attack struct {
	Targets  []load.Target // at least one, see [load.Load.Mix]
	Arrivals load.ArrivalProcess
	Phases   []load.Phase // one after the other without a gap
	Seed     uint64       // for the request sequence; the same for every variant
	Workers  int          // requests that may be in flight at once
	// KeepAlive is how long a connection may be idle before reuse; 0: never reused.
	KeepAlive time.Duration
	Digests   bool // whether answers are hashed
}

// Attack returns the load of every trial.
func (s *Scenario) Attack() Attack {
	return Attack{
		Targets: s.revealed(s.Load.Mix()), Arrivals: s.Load.Arrivals, Phases: s.Load.Phases,
		Seed: s.Seed, Workers: s.Load.Workers, KeepAlive: s.Load.KeepAlive, Digests: s.Load.EqualResponses,
	}
}

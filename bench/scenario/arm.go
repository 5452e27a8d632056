package scenario

import (
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

// Arm is one thing to measure, fully resolved, so that later code looks up nothing by
// name.
type Arm struct {
	Name    string
	Variant Variant // the program to start, under the arm's name
	Limits  Limits
	Load    load.Load
	// Injected is added from outside; nil for all arms but the injected controls.
	Injected *Injection
	// Factors are the settings that a design varies, by name: limits.memory is 512MiB.
	Factors map[string]string
	// MaxWait is how long a trial of the arm waits for a quiet machine before its
	// start.
	MaxWait time.Duration
}

// Injection is added to a variant from outside: memory or delay, one of the two.
type Injection struct {
	Memory metric.Bytes  // held by one more process next to the variant's own
	Delay  time.Duration // added to every byte of an answer
}

// Arm resolves a variant: it has the scenario's limits and load.
func (s *Scenario) Arm(v Variant) Arm {
	return Arm{Name: v.Name, Variant: v, Limits: s.Limits, Load: s.Load}
}

// With returns a copy of the scenario with an arm's own limits and load.
func (s *Scenario) With(limits Limits, l load.Load) *Scenario {
	own := *s
	own.Limits, own.Load = limits, l
	return &own
}

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

package scenario

import (
	"time"

	"github.com/memproof/memproof/bench/metric"

	"github.com/memproof/memproof/bench/scenario/load"
)

// Arm is one thing to measure, fully resolved: nothing about it is looked up by name
// later.
type Arm struct {
	Name    string
	Variant Variant // what is started, under the arm's name
	Limits  Limits
	Load    load.Load
	// Injected is what is added from outside; nil for all arms but the injected controls.
	Injected *Injection
	// Factors are what a design varies, by name: limits.memory is 512MiB.
	Factors map[string]string
	// Patience is how long a trial of it waits for a quiet machine before its start.
	Patience time.Duration
}

// Injection is what is added to a variant from outside, one of the two.
type Injection struct {
	Memory metric.Bytes  // held by one more process beside the variant's own
	Delay  time.Duration // by which every byte of an answer is held back
}

// Arm resolves a variant: it has the scenario's limits and load.
func (s *Scenario) Arm(v Variant) Arm {
	return Arm{Name: v.Name, Variant: v, Limits: s.Limits, Load: s.Load}
}

// With is the scenario as an arm has it, with limits and load of its own.
func (s *Scenario) With(limits Limits, l load.Load) *Scenario {
	own := *s
	own.Limits, own.Load = limits, l
	return &own
}

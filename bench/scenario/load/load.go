// Package load is the load of a scenario: the requests, the phases and the shape of the
// rate in each. It says when each request is due; it sends none.
package load

import (
	"fmt"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// Load is what the generator does to a variant.
type Load struct {
	Target   Target   `yaml:"target" also:"url,request"`
	Targets  Targets  `yaml:"targets"`  // a mix, in place of target
	Arrivals Arrivals `yaml:"arrivals"` // how hits are spread over a phase
	Phases   []Phase  `yaml:"phases" also:"stages,steps"`
	Workers  int      `yaml:"workers"` // requests in flight at once, at most
	// KeepAlive is how long a connection may have been idle when it is used again,
	// 500ms by default and at most 1h. 0s: each request has a connection of its own
	// and says "Connection: close". A service's answer may ask for less, with a
	// header Keep-Alive: timeout=N. It should be shorter than the service's own
	// time-out: a request that is sent as the service closes the connection is lost,
	// and counts as an error.
	KeepAlive time.Duration `yaml:"keep_alive"`
	// MaxLag is the 99th percentile of the send lag above which a trial is
	// invalid: the generator could not keep to the schedule.
	MaxLag time.Duration `yaml:"max_lag"`
	// MaxErrors is the share of a window's hits, 0 to 1, that may fail before
	// the trial is invalid: a service that refuses the work is not measured by it.
	MaxErrors metric.Share `yaml:"max_errors"`
	// SameWork says that equal requests get equal answers from every variant, and
	// lead to as many requests to the upstream: a trial in which they do not is
	// invalid.
	SameWork bool `yaml:"same_work"`
	// Sustained is the response time that 95% of a probe's requests must keep for
	// its rate to count as sustained, 1s by default.
	Sustained time.Duration `yaml:"sustained"`
	// Idle is how long a ready variant is left alone, and read, before the load.
	Idle time.Duration `yaml:"idle"`
}

// Mix is the targets that hits are drawn from by weight: one or more.
func (l Load) Mix() []Target {
	if len(l.Targets) > 0 {
		return l.Targets
	}
	return []Target{l.Target}
}

// Rests says that nothing is ever sent, and so no target needed.
func (l Load) Rests() bool {
	return len(l.Phases) > 0 && !slices.ContainsFunc(l.Phases, func(p Phase) bool { return !p.Rests() })
}

// Arrivals is how the hits of a phase are spread along its rate. The rate alone
// says how many there are. A recorded trace has its own.
type Arrivals string

// The ways to arrive.
const (
	// Constant sends each hit as soon as the rate has added up to it.
	Constant Arrivals = "constant"
	// Poisson sends them as users come who know nothing of each other. Their
	// times are drawn from the scenario's seed: every trial has the same.
	Poisson Arrivals = "poisson"
)

// MarshalText is the name.
func (a Arrivals) MarshalText() ([]byte, error) { return []byte(a), nil }

// UnmarshalText reads the name.
func (a *Arrivals) UnmarshalText(text []byte) error {
	switch *a = Arrivals(text); *a {
	case Constant, Poisson:
		return nil
	default:
		return fmt.Errorf("%q is no way to arrive: want %s or %s", text, Constant, Poisson)
	}
}

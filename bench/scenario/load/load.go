// Package load describes the load of a scenario: the requests, the phases and the shape
// of the rate in each. It computes when each request is due; it sends none.
package load

import (
	"fmt"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// Load is the traffic that the generator sends to a variant.
type Load struct {
	Target   Target         `yaml:"target" also:"url,request"`
	Targets  Targets        `yaml:"targets"`  // a mix, instead of target
	Arrivals ArrivalProcess `yaml:"arrivals"` // how hits are spread over a phase
	Phases   []Phase        `yaml:"phases" also:"stages,steps"`
	Workers  int            `yaml:"workers"` // the most requests in flight at once
	// KeepAlive is how long a connection may be idle before reuse, 500ms by default and
	// at most 1h. With 0s each request has its own connection and says "Connection:
	// close". A service may ask for less, with a header Keep-Alive: timeout=N. It
	// should be shorter than the service's own time-out: a request that is sent while
	// the service closes the connection is lost, and counts as an error.
	KeepAlive time.Duration `yaml:"keep_alive"`
	// MaxLag is the limit on the 99th percentile of the send lag. Above it a trial is
	// invalid: the generator could not keep to the schedule.
	MaxLag time.Duration `yaml:"max_lag"`
	// MaxErrors is the share of a window's hits, 0 to 1, that may fail. Above it a
	// trial is invalid: a service that refuses the work is not measured by it.
	MaxErrors metric.Share `yaml:"max_errors"`
	// EqualResponses requires that all variants give equal answers to equal requests, and
	// send equally many requests to the upstream. A trial that differs is invalid.
	EqualResponses bool `yaml:"equal_responses" also:"same_work"`
	// CapacityLatency is the response time that 95% of a capacity step's requests must meet,
	// 1s by default. Its rate then counts as sustained.
	CapacityLatency time.Duration `yaml:"capacity_latency" also:"sustained"`
	// Idle is how long a ready variant is sampled without load, before the load.
	Idle time.Duration `yaml:"idle"`
}

// Mix returns the targets that hits are drawn from by weight: at least one.
func (l Load) Mix() []Target {
	if len(l.Targets) > 0 {
		return l.Targets
	}
	return []Target{l.Target}
}

// Rests reports whether the load sends no request, and so needs no target.
func (l Load) Rests() bool {
	return len(l.Phases) > 0 && !slices.ContainsFunc(l.Phases, func(p Phase) bool { return !p.Rests() })
}

// ArrivalProcess selects how the hits of a phase are spread in time. Their number depends on
// the rate only. A recorded trace has its own arrivals.
type ArrivalProcess string

// The ways to spread hits.
const (
	// Constant sends each hit as soon as the integral of the rate reaches it.
	Constant ArrivalProcess = "constant"
	// Poisson sends them like independent users. The times are drawn from the
	// scenario's seed: every trial has the same.
	Poisson ArrivalProcess = "poisson"
)

// UnmarshalText reads the name.
func (a *ArrivalProcess) UnmarshalText(text []byte) error {
	switch *a = ArrivalProcess(text); *a {
	case Constant, Poisson:
		return nil
	default:
		return fmt.Errorf("%q is unknown: want %s or %s", text, Constant, Poisson)
	}
}

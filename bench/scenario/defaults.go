package scenario

import (
	"cmp"
	"fmt"
	"time"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/scenario/load"
	"github.com/memproof/memproof/bench/scenario/noise"
	"github.com/memproof/memproof/bench/scenario/secret"
)

// defaultScenario has the defaults of all keys but those of list elements, and of those
// that depend on others; see [checker.defaults].
func defaultScenario() *Scenario {
	return &Scenario{
		Port: 8000, Blocks: 6, Seed: 1, Limits: Limits{CPUs: 2}, Noise: noise.Default(),
		Load:   load.Load{Workers: 512, MaxErrors: 0.1, KeepAlive: 500 * time.Millisecond, Arrivals: load.Constant},
		inputs: map[string][]byte{}, private: map[string]bool{}, envFiles: map[string][]byte{}, secrets: secret.New(),
	}
}

func (c checker) defaults() {
	s := c.sc
	if len(s.Claims) > 0 && s.Attribution == nil && !c.Has("blocks") && !c.Has("interim_analyses") {
		s.InterimAnalyses = comparison.DefaultAnalyses
	}
	if n := len(s.InterimAnalyses); n > 0 && !c.Has("blocks") && !c.Bad("interim_analyses") {
		s.Blocks = s.InterimAnalyses[n-1]
	}
	if !s.Ready.TCP && s.Ready.Log == "" && !c.Has("ready.path") {
		s.Ready.Path = "/"
	}
	c.readyDefaults("ready", &s.Ready)
	c.duration("stop.grace", &s.Stop.Grace, 45*time.Second) // longer than the usual grace of a server, often 30 seconds
	c.sidecarDefaults("sidecars", s.Sidecars)
	for i := range s.Variants {
		c.sidecarDefaults(fmt.Sprintf("variants[%d].sidecars", i), s.Variants[i].Sidecars)
	}
	l := &s.Load
	c.duration("load.max_lag", &l.MaxLag, 20*time.Millisecond)
	c.duration("load.idle", &l.Idle, 2*time.Second)
	c.duration("load.capacity_latency", &l.CapacityLatency, time.Second)
	c.targetDefaults("load.target", &l.Target)
	for i := range l.Targets {
		c.targetDefaults(fmt.Sprintf("load.targets[%d]", i), &l.Targets[i])
	}
	c.attributionDefaults()
	for i := range s.Claims {
		s.Claims[i].ID = cmp.Or(s.Claims[i].ID, fmt.Sprintf("claim-%d", i+1))
		c.equalities(fmt.Sprintf("claims[%d]", i), &s.Claims[i])
	}
	s.controlDefaults()
}

// duration sets a key that the scenario leaves out. It refuses 0s.
func (c checker) duration(field string, d *time.Duration, value time.Duration) {
	if c.Has(field) && *d == 0 {
		c.Fail(field, "is 0: want above 0, such as 1s, or drop the line for the default")
	}
	*d = cmp.Or(*d, value)
}

func (c checker) targetDefaults(field string, t *load.Target) {
	t.Method = cmp.Or(t.Method, "GET")
	c.duration(field+".timeout", &t.Timeout, 30*time.Second)
	if !c.Has(field + ".weight") {
		t.Weight = 1
	}
}

func (c checker) sidecarDefaults(field string, all []Sidecar) {
	for i := range all {
		one, field := &all[i], fmt.Sprintf("%s[%d]", field, i)
		if !one.Waits() {
			one.Ready.TCP = one.Port != 0
		}
		c.readyDefaults(field+".ready", &one.Ready)
		c.duration(field+".stop.grace", &one.Stop.Grace, 10*time.Second) // short: its state is discarded anyway
	}
}

func (c checker) readyDefaults(field string, r *Ready) {
	if r.Log != "" && !c.Has(field+".times") {
		r.Times = 1
	}
	c.duration(field+".within", &r.Within, time.Minute)
}

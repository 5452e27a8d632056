package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

func (c checker) loadDefaults() {
	l := &c.sc.Load
	if !c.Has("load.workers") {
		l.Workers = 512
	}
	if !c.Has("load.max_errors") {
		l.MaxErrors = 0.1
	}
	if !c.Has("load.keep_alive") {
		l.KeepAlive = 500 * time.Millisecond
	}
	l.MaxLag = cmp.Or(l.MaxLag, 20*time.Millisecond)
	l.Idle = cmp.Or(l.Idle, 2*time.Second)
	l.CapacityLatency = cmp.Or(l.CapacityLatency, time.Second)
	l.Arrivals = cmp.Or(l.Arrivals, load.Constant)
	c.targetDefaults("load.target", &l.Target)
	for i := range l.Targets {
		c.targetDefaults(fmt.Sprintf("load.targets[%d]", i), &l.Targets[i])
	}
}

func (c checker) targetDefaults(field string, t *load.Target) {
	t.Method = cmp.Or(t.Method, "GET")
	t.Timeout = cmp.Or(t.Timeout, 30*time.Second)
	if !c.Has(field + ".weight") {
		t.Weight = 1
	}
}

// maxKeepAlive is longer than any service keeps an idle connection.
const maxKeepAlive = time.Hour

func (c checker) load() {
	l := c.sc.Load
	c.between("load.workers", l.Workers, 1, 20000)
	if l.KeepAlive > maxKeepAlive {
		c.Fail("load.keep_alive", "%v is out of range: want 0s, for a new connection for each request, to 1h", l.KeepAlive)
	}
	c.targets(l)
	if len(l.Phases) == 0 {
		c.Fail("load.phases", "is missing: name the warm-up and the window")
		return
	}
	windows, seen := 0, map[string]bool{PhaseIdle: true, PhaseDrain: true}
	for i, p := range l.Phases {
		field := fmt.Sprintf("load.phases[%d]", i)
		c.matches(field+".name", p.Name, identifier, "letters, digits and dashes")
		c.untaken(field+".name", p.Name, "phase", seen)
		c.phase(field, p)
		c.probe(l.Phases, i)
		if p.Measure {
			windows++
		}
	}
	if windows != 1 {
		c.Fail("load.phases", "%d phases have measure: true; want exactly one, the window", windows)
	}
}

// maxWeight keeps the sum of all weights far from overflow.
const maxWeight = 1_000_000

func (c checker) targets(l load.Load) {
	if _, unread := l.Targets.File(); unread {
		return // reported already
	}
	if len(l.Targets) == 0 {
		if c.Has("load.target") || !l.Rests() {
			c.path("load.target.path", l.Target.Path)
		}
		return
	}
	if c.Has("load.target") {
		c.Fail("load.target", "stands beside targets: keep one of the two")
	}
	seen := map[string]bool{}
	for i, t := range l.Targets {
		field := fmt.Sprintf("load.targets[%d]", i)
		c.matches(field+".name", t.Name, identifier, "letters, digits and dashes")
		if t.Name != "" && seen[t.Name] {
			c.Fail(field+".name", "a second target of the name %q: give each a name of its own", t.Name)
		}
		seen[t.Name] = true
		c.between(field+".weight", t.Weight, 1, maxWeight)
		c.path(field+".path", t.Path)
	}
}

// probe requires that capacity steps follow the window, which they would disturb, each
// with a constant rate above the one before.
func (c checker) probe(phases []load.Phase, i int) {
	field, p := fmt.Sprintf("load.phases[%d].capacity_step", i), phases[i]
	switch {
	case p.Measure && i > 0 && slices.ContainsFunc(phases[:i], func(q load.Phase) bool { return q.CapacityStep }):
		c.Fail(field, "a probe comes before the window: want the window first")
	case !p.CapacityStep:
	case p.Measure:
		c.Fail(field, "the window is no probe: give the probe a phase of its own")
	case p.Rests() || !hasConstantRate(p) || !c.Has(fmt.Sprintf("load.phases[%d].rate", i)):
		c.Fail(field, "a probe has a constant rate: write rate and for")
	case i > 0 && phases[i-1].CapacityStep && p.Rate <= phases[i-1].Rate:
		c.Fail(field, "%s is not above the probe before: want rising rates", p.Rate)
	}
}

func hasConstantRate(p load.Phase) bool {
	_, constant := p.Shape().(load.ConstantRate)
	return constant
}

func (c checker) phase(field string, p load.Phase) {
	if c.Bad(field) {
		return
	}
	fail := func(name, format string, args ...any) { c.Fail(field+"."+name, format, args...) }
	p.CheckShape(func(name string) bool { return c.Has(field + "." + name) }, fail)
	if p.For == 0 && !c.Bad(field) {
		c.Fail(field+".for", "is missing or 0: write it like 30s")
	}
	if p.For.Seconds() > load.MaxTrace {
		c.Fail(field+".for", "%v is out of range: want at most %d days", p.For, int64(load.MaxTrace)/86400)
	}
	p.CheckRates(maxRate, fail)
	if !c.Bad(field) && p.Hits() == 0 && !p.Rests() {
		c.Fail(field+".for", "%v at %s sends no request: lengthen it", p.For, p)
	}
}

// maxRate is above the rate that one generator can send.
const maxRate metric.Rate = 1e6

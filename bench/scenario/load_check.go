package scenario

import (
	"fmt"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

const (
	maxKeepAlive             = time.Hour // longer than any service keeps an idle connection
	maxWeight                = 1_000_000 // the sum of all weights is far from overflow
	maxRate      metric.Rate = 1e6       // above the rate that one generator can send
)

func (c checker) load() {
	l := c.sc.Load
	c.between("load.workers", l.Workers, 1, 20000)
	if l.KeepAlive > maxKeepAlive {
		c.Fail("load.keep_alive", "%v is out of range: want 0s, for a new connection for each request, to %v", l.KeepAlive, maxKeepAlive)
	}
	c.targets(l)
	if len(l.Phases) == 0 {
		c.Fail("load.phases", "is missing: want the phases of the warm-up and the window")
		return
	}
	windows, taken := 0, names{PhaseIdle: true, PhaseDrain: true}
	for i, p := range l.Phases {
		field := fmt.Sprintf("load.phases[%d]", i)
		taken.add(c, field+".name", p.Name, "phase")
		c.phase(field, p)
		c.capacityStep(field, l.Phases[:i], p)
		if p.Measure {
			windows++
		}
	}
	if windows != 1 {
		c.Fail("load.phases", "%d phases have measure: true: want exactly one, the window", windows)
	}
}

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
		c.Fail("load.target", "does not go with targets: keep one of the two")
	}
	taken := names{}
	for i, t := range l.Targets {
		field := fmt.Sprintf("load.targets[%d]", i)
		taken.add(c, field+".name", t.Name, "target")
		c.between(field+".weight", t.Weight, 1, maxWeight)
		c.path(field+".path", t.Path)
	}
}

// capacityStep requires that capacity steps follow the window, which they would
// disturb, each with a constant rate above the one before.
func (c checker) capacityStep(field string, earlier []load.Phase, p load.Phase) {
	_, constant := p.Shape().(load.ConstantRate)
	rate := field + ".rate"
	field += ".capacity_step"
	switch {
	case p.Measure && slices.ContainsFunc(earlier, func(q load.Phase) bool { return q.CapacityStep }):
		c.Fail(field, "a capacity step comes before the window: move it after the window")
	case !p.CapacityStep:
	case p.Measure:
		c.Fail(field, "does not go with measure: give the capacity step a phase of its own")
	case p.Rests() || !constant || !c.Has(rate):
		c.Fail(field, "needs a constant rate above 0/s: want rate and for alone")
	case len(earlier) > 0:
		if before := earlier[len(earlier)-1]; before.CapacityStep && p.Rate <= before.Rate {
			c.Fail(field, "has a rate of %s, and the capacity step before has %s: want rising rates", p.Rate, before.Rate)
		}
	}
}

func (c checker) phase(field string, p load.Phase) {
	if c.Bad(field) {
		return
	}
	fail := func(name, format string, args ...any) { c.Fail(field+"."+name, format, args...) }
	p.CheckShape(func(name string) bool { return c.Has(field + "." + name) }, fail)
	if p.For == 0 && !c.Bad(field) {
		fail("for", "is missing or 0: write it like 30s")
	}
	if p.For.Seconds() > load.MaxTrace {
		fail("for", "%v is out of range: want at most %d days", p.For, int64(load.MaxTrace)/86400)
	}
	p.CheckRates(maxRate, fail)
	if !c.Bad(field) && p.Hits() == 0 && !p.Rests() {
		fail("for", "%v at %s sends no request: lengthen it", p.For, p)
	}
}

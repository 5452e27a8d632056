package scenario

import (
	"cmp"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
)

// Names of the control arms, which run next to the variants.
const (
	// AAArm is the A/A control: the baseline again, unchanged, in every block. Any effect
	// that it shows is noise or bias of the instrument.
	AAArm = "A-A"
	// MemoryArm is the baseline with a known amount of memory added from outside, and
	// DelayArm with a known delay: the instrument must find each. They are two arms,
	// because a delay changes the number of requests in flight, and with it the
	// service's own memory. Each runs in two blocks.
	MemoryArm = "MEMORY"
	DelayArm  = "DELAY"
	// SpikeArm has both memory and delay, in every block, in runs of format 2.
	SpikeArm = "SPIKE"
)

// Injections is the number of blocks that hold each injected arm. Two are enough: the
// baseline and the A/A control of all blocks give the scatter of a reading.
const Injections = 2

// Controls are the arms that test the instrument in every run. They cannot be left out;
// the scenario may set the variant that they repeat, and the amounts that they add.
type Controls struct {
	Baseline string `yaml:"baseline" also:"of,variant,against"` // a variant; by default the baseline of the first claim
	// Memory is the amount that MEMORY adds, and Delay the time that DELAY adds to each
	// answer. 0: see [InjectedControl.Default].
	Memory metric.Bytes  `yaml:"memory"`
	Delay  time.Duration `yaml:"delay"`
}

func (s *Scenario) controlDefaults() {
	if s.Controls == nil {
		s.Controls = &Controls{}
	}
	for _, cl := range s.Claims {
		s.Controls.Baseline = cmp.Or(s.Controls.Baseline, cl.Baseline)
	}
	if len(s.Variants) > 0 {
		s.Controls.Baseline = cmp.Or(s.Controls.Baseline, s.Variants[0].Name)
	}
}

// Baseline returns the variant that the controls repeat. ok is false without
// controls.
func (s *Scenario) Baseline() (v Variant, ok bool) {
	if s.Controls == nil {
		return Variant{}, false
	}
	return s.Variant(s.Controls.Baseline)
}

// UseSpike makes it the scenario of a run of format 2, in which SPIKE has memory and
// delay.
func (s *Scenario) UseSpike() { s.spikes = true }

// UsesSpike reports whether [Scenario.UseSpike] was called.
func (s *Scenario) UsesSpike() bool { return s.spikes }

// Arms returns the arms that every block holds one trial of: the variants in the
// scenario's order, then the A/A control, and in a run of format 2 SPIKE. A
// scenario that was not parsed may have no controls.
func (s *Scenario) Arms() []Variant {
	arms := s.Variants[:len(s.Variants):len(s.Variants)]
	if s.Controls == nil {
		return arms
	}
	arms = append(arms, s.repeated(AAArm))
	if s.spikes {
		arms = append(arms, s.repeated(SpikeArm))
	}
	return arms
}

// Injected returns the arms that only two blocks hold: the injected controls for the
// metrics that the scenario asks about.
func (s *Scenario) Injected() (arms []Variant) {
	if s.Controls == nil || s.spikes {
		return nil
	}
	for _, in := range InjectedControls {
		if s.AsksAbout(in.Of) {
			arms = append(arms, s.repeated(in.Arm))
		}
	}
	return arms
}

// AllArms returns the arms of every block, then the injected ones.
func (s *Scenario) AllArms() []Variant { return append(s.Arms(), s.Injected()...) }

// repeated returns the baseline under the name of a control.
func (s *Scenario) repeated(name string) Variant {
	arm, _ := s.Baseline()
	arm.Name = name
	return arm
}

// AsksAbout reports whether a claim uses one of the metrics; without claims, whether
// the figures that are shown do.
func (s *Scenario) AsksAbout(metrics []metric.Pattern) bool {
	return slices.ContainsFunc(s.Needs(), func(n Need) bool { return metric.Reason{Metrics: metrics}.Spoils(n.Metric) })
}

// noControl refuses the name of a control, of this format or an older one.
func (c checker) noControl(field, name string) {
	injected := slices.ContainsFunc(InjectedControls, func(in InjectedControl) bool { return in.Arm == name })
	if injected || name == AAArm || name == SpikeArm {
		c.Fail(field, "%s is the name of a control: take another name", name)
	}
}

func (c checker) controls() {
	ctl := c.sc.Controls
	if ctl.Baseline != "" {
		c.variantName("controls.baseline", ctl.Baseline)
	}
	if least := c.sc.shortestTimeout(); ctl.Delay >= least {
		c.Fail("controls.delay", "%s is not shorter than a request's timeout, %s: want less", ctl.Delay, least)
	}
}

// shortestTimeout returns the shortest time-out of a request.
func (s *Scenario) shortestTimeout() time.Duration {
	return slices.MinFunc(s.Load.Mix(), func(a, b load.Target) int { return cmp.Compare(a.Timeout, b.Timeout) }).Timeout
}

package scenario

import (
	"cmp"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// Names of the control arms, which stand beside the variants.
const (
	// NullArm is the baseline against itself, in every block: whatever it shows as
	// an effect is the instrument's noise or bias.
	NullArm = "NULL"
	// MemoryArm is the baseline with a known amount of memory added from outside,
	// and DelayArm with a known delay: the instrument must find each. They are two
	// arms, for a delay changes how many requests are under way, and with it the
	// service's own memory. Each runs in two blocks.
	MemoryArm = "MEMORY"
	DelayArm  = "DELAY"
	// SpikeArm held both in runs of format 2, in every block.
	SpikeArm = "SPIKE"
)

// Injections is how many blocks hold each injected arm. The scatter of a reading
// is known from the baseline and NULL of all blocks.
const Injections = 2

// Controls are the arms that prove the instrument in every run. They cannot be
// left out; what can be set is which variant they repeat, and how much is added to it.
type Controls struct {
	Baseline string `yaml:"baseline"` // a variant; by default what the first claim compares against
	// Memory is what MEMORY holds besides, and Delay what DELAY adds to each answer.
	// 0: see [InjectedControl.Default].
	Memory metric.Bytes  `yaml:"memory"`
	Delay  time.Duration `yaml:"delay"`
}

func (s *Scenario) controlDefaults() {
	if s.Controls == nil {
		s.Controls = &Controls{}
	}
	c := s.Controls
	c.Baseline = cmp.Or(c.Baseline, s.firstAgainst())
}

// firstAgainst is the variant that the first claim compares against, else the
// first variant.
func (s *Scenario) firstAgainst() string {
	for _, cl := range s.Claims {
		if cl.Against != "" {
			return cl.Against
		}
	}
	if len(s.Variants) > 0 {
		return s.Variants[0].Name
	}
	return ""
}

// Baseline is the variant that the controls repeat; ok is false in a run
// without controls.
func (s *Scenario) Baseline() (v Variant, ok bool) {
	if s.Controls == nil {
		return Variant{}, false
	}
	return s.Variant(s.Controls.Baseline)
}

// UseSpike makes it the scenario of a run of format 2, in which SPIKE held memory and
// delay.
func (s *Scenario) UseSpike() { s.spikes = true }

// UsesSpike says that it is one.
func (s *Scenario) UsesSpike() bool { return s.spikes }

// Arms are what every block holds one trial of: the variants in the scenario's
// order, then NULL, and in a run of format 2 SPIKE. A run from before there were
// controls has none.
func (s *Scenario) Arms() []Variant {
	arms := s.Variants[:len(s.Variants):len(s.Variants)]
	if s.Controls == nil {
		return arms
	}
	arms = append(arms, s.repeated(NullArm))
	if s.spikes {
		arms = append(arms, s.repeated(SpikeArm))
	}
	return arms
}

// Injected are the arms that two blocks hold besides: those with an amount of what
// the scenario asks about.
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

// AllArms are the arms of every block and those of some.
func (s *Scenario) AllArms() []Variant { return append(s.Arms(), s.Injected()...) }

// repeated is the baseline under the name of a control.
func (s *Scenario) repeated(name string) Variant {
	arm, _ := s.Baseline()
	arm.Name = name
	return arm
}

// AsksAbout says that a claim, or what is shown where nothing is claimed, is of one
// of the metrics.
func (s *Scenario) AsksAbout(metrics []metric.Pattern) bool {
	return slices.ContainsFunc(s.Needs(), func(n Need) bool { return metric.Reason{Metrics: metrics}.Spoils(n.Metric) })
}

// isControl says that a name belongs to a control, of this format or an earlier one.
func isControl(name string) bool {
	return name == NullArm || name == SpikeArm ||
		slices.ContainsFunc(InjectedControls, func(in InjectedControl) bool { return in.Arm == name })
}

func (c checker) controls() {
	ctl := c.sc.Controls
	if ctl.Baseline != "" {
		c.variantName("controls.baseline", ctl.Baseline)
	}
	for _, t := range c.sc.Load.Mix() {
		if ctl.Delay >= t.Timeout {
			c.Fail("controls.delay", "%s is no shorter than a request's time-out, %s: want less", ctl.Delay, t.Timeout)
			return
		}
	}
}

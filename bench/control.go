package bench

import (
	"cmp"
	"time"
)

// Names of the control arms, which stand beside the variants in every block.
const (
	// NullArm is the baseline against itself: whatever it shows as an effect is
	// the instrument's noise or bias.
	NullArm = "NULL"
	// SpikeArm is the baseline with a known amount of memory and a known delay
	// added from outside: the instrument must find both.
	SpikeArm = "SPIKE"
)

// Controls are the arms that prove the instrument in every run. They cannot be
// left out; what can be set is which variant they repeat, and how much SPIKE
// adds to it.
type Controls struct {
	Baseline string        `yaml:"baseline"` // a variant; by default what the first claim compares against
	Memory   Bytes         `yaml:"memory"`   // that SPIKE holds besides, 64MB by default
	Delay    time.Duration `yaml:"delay"`    // that SPIKE adds to each answer, 20ms by default
}

// Spike is what is added to a variant from outside.
type Spike struct {
	Memory Bytes         // held by one more process beside the variant's own
	Delay  time.Duration // by which every byte of an answer is held back
}

func (s *Scenario) controlDefaults() {
	if s.Controls == nil {
		s.Controls = &Controls{}
	}
	c := s.Controls
	c.Baseline = cmp.Or(c.Baseline, s.firstAgainst())
	c.Memory = cmp.Or(c.Memory, 64e6)
	c.Delay = cmp.Or(c.Delay, 20*time.Millisecond)
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

// Arms are what every block holds one trial of: the variants in the scenario's
// order, then the controls. A run from before there were controls has none.
func (s *Scenario) Arms() []Variant {
	arms := s.Variants[:len(s.Variants):len(s.Variants)]
	if s.Controls == nil {
		return arms
	}
	baseline, _ := s.Baseline()
	for _, name := range []string{NullArm, SpikeArm} {
		arm := baseline
		arm.Name = name
		arms = append(arms, arm)
	}
	return arms
}

// spikeOf is what is added to an arm, nil for all but SPIKE.
func (s *Scenario) spikeOf(arm string) *Spike {
	if arm != SpikeArm || s.Controls == nil {
		return nil
	}
	return &Spike{Memory: s.Controls.Memory, Delay: s.Controls.Delay}
}

func (c checker) controls() {
	ctl := c.sc.Controls
	if ctl.Baseline != "" {
		c.variantName("controls.baseline", ctl.Baseline)
	}
	if limit := c.sc.Limits.Memory; limit > 0 && ctl.Memory >= limit {
		c.Fail("controls.memory", "%s leaves the variant nothing of limits.memory, which SPIKE must do with too: want less",
			FormatValue(float64(ctl.Memory), UnitBytes))
	}
	for _, t := range c.sc.Load.Mix() {
		if ctl.Delay >= t.Timeout {
			c.Fail("controls.delay", "%s is no shorter than a request's time-out, %s: want less", ctl.Delay, t.Timeout)
			return
		}
	}
}

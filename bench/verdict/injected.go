package verdict

import (
	"cmp"
	"fmt"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// injectedLevel is the level of the interval that must lie inside the band: each side
// is a test at 5%.
const injectedLevel = 0.90

// injected judges an injected control by equivalence: the interval of the measured
// amount must lie inside the band around the known amount. ok is false if the scenario
// has no such arm, or no block counts for it yet.
func (v *Verdict) injected(sc *scenario.Scenario, in scenario.InjectedControl) (c ControlVerdict, ok bool) {
	arm := injectedName(sc, in)
	have := v.counted(in.Metric, arm, scenario.AAArm, sc.Controls.Baseline)
	if !sc.AsksAbout(in.Of) || len(have) == 0 {
		return c, false
	}
	c = ControlVerdict{Arm: arm, Metric: in.Metric, Comparison: comparison.OfInjected, Outcome: Fails}
	known, why := amount(sc, in, arm, have)
	if why != "" {
		c.Because = why
		return c, true
	}
	c.Known = &known
	shifts, why := v.shifts(in.Metric, arm, sc.Controls.Baseline, have)
	if why != "" {
		c.Because = why
		return c, true
	}
	interval, err := stats.Injected(shifts, v.pairs(in.Metric, sc.Controls.Baseline), injectedLevel)
	if err != nil {
		c.Because = err.Error()
		return c, true
	}
	c.Estimate, c.Low, c.High = &interval.Mean, &interval.Low, &interval.High
	if in.InWindow != "" {
		if window, why := v.shifts(in.InWindow, arm, sc.Controls.Baseline, have); why == "" {
			mean := stats.Mean(window)
			c.InWindow = &mean
		}
	}
	c.Outcome, c.Because = c.within(in.Band)
	return c, true
}

// within answers whether the interval lies inside the band. If not, it says whether the
// amount was missed or the run is too noisy to decide.
func (c *ControlVerdict) within(band float64) (ControlOutcome, string) {
	low, high := *c.Known*(1-band), *c.Known*(1+band)
	text := fmt.Sprintf("%s: %s were added, %s found", c.Metric, c.Show(*c.Known), c.ShowMeasured())
	if c.InWindow != nil {
		text += fmt.Sprintf(", in the window %s", c.Show(*c.InWindow))
	}
	switch {
	case *c.Low >= low && *c.High <= high:
		return Holds, text
	case *c.Low > high || *c.High < low:
		return Fails, text + fmt.Sprintf(": off by more than %s", metric.Percent(band))
	default:
		return Fails, text + fmt.Sprintf(": the run does not show that it is right within %s; more blocks, a quieter machine or a larger amount would", metric.Percent(band))
	}
}

// injectedName returns the arm's name; in a run of format 2 it is SPIKE, which had
// both.
func injectedName(s *scenario.Scenario, in scenario.InjectedControl) string {
	if s.UsesSpike() {
		return scenario.SpikeArm
	}
	return in.Arm
}

// amount returns the added amount, the mean over the blocks; for memory, the amount
// that its holder reports. In a run of format 2 it is the scenario's.
func amount(s *scenario.Scenario, in scenario.InjectedControl, arm string, blocks []measure.Block) (known float64, why string) {
	if s.UsesSpike() {
		return cmp.Or(in.Asked(s), in.Default(s, 0)), ""
	}
	var added []float64
	for _, b := range blocks {
		if b[arm].Added == nil {
			return 0, fmt.Sprintf("the process that holds the memory did not say how much (block %d)", b[arm].Block)
		}
		added = append(added, *b[arm].Added)
	}
	return stats.Mean(added), ""
}

// shifts returns the arm's figures, each less the mean of the baseline's and the A/A control's.
func (v *Verdict) shifts(m metric.Name, arm, baseline string, blocks []measure.Block) (xs []float64, why string) {
	for _, b := range blocks {
		var found [3]float64
		for i, name := range []string{arm, baseline, scenario.AAArm} {
			x, ok := b[name].Figures[m]
			if !ok {
				return nil, fmt.Sprintf("%s of %s was not measured: %s", m, name, b[name].Absent[m])
			}
			found[i] = x
		}
		xs = append(xs, found[0]-(found[1]+found[2])/2)
	}
	return xs, ""
}

// pairs returns the differences between the baseline and the A/A control in every block that
// counts. They give the scatter of single readings.
func (v *Verdict) pairs(m metric.Name, baseline string) (xs []float64) {
	for _, b := range v.counted(m, baseline, scenario.AAArm) {
		of, ok := b[baseline].Figures[m]
		null, ran := b[scenario.AAArm].Figures[m]
		if ok && ran {
			xs = append(xs, of-null)
		}
	}
	return xs
}

// LackInjected returns the injected arms that the next block must hold, with the
// amounts to add: the arms with fewer than two readings. An amount that depends on the
// baseline's figure waits for one.
func (v *Verdict) LackInjected(sc *scenario.Scenario) (arms []scenario.Variant, add map[string]*scenario.Injection) {
	add = map[string]*scenario.Injection{}
	for _, arm := range sc.Injected() {
		in := scenario.InjectedOf(arm.Name)
		if v.readings(sc, in) >= scenario.Injections {
			continue
		}
		if spike, ok := v.toAdd(sc, in); ok {
			arms, add[arm.Name] = append(arms, arm), spike
		}
	}
	return arms, add
}

// readings returns how many blocks count for an injected arm.
func (v *Verdict) readings(sc *scenario.Scenario, in scenario.InjectedControl) int {
	return len(v.usable(in.Metric, in.Arm, scenario.AAArm, sc.Controls.Baseline))
}

// ReadingsLeft returns how many readings of injected arms are missing.
func (v *Verdict) ReadingsLeft(sc *scenario.Scenario) (n int) {
	for _, arm := range sc.Injected() {
		n += max(0, scenario.Injections-v.readings(sc, scenario.InjectedOf(arm.Name)))
	}
	return n
}

// toAdd returns the amount that the scenario asks for, else one computed from the
// baseline's figures so far. ok is false without such a figure.
func (v *Verdict) toAdd(sc *scenario.Scenario, in scenario.InjectedControl) (_ *scenario.Injection, ok bool) {
	if asked := in.Asked(sc); asked > 0 {
		return in.Inject(asked), true
	}
	shown := measure.Figures(v.usable(in.Metric, sc.Controls.Baseline), sc.Controls.Baseline, in.Metric)
	if len(shown) == 0 {
		return nil, false
	}
	return in.Inject(in.Default(sc, stats.Mean(shown))), stats.Mean(shown) > 0
}

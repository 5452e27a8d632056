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

// injected judges an injected control by equivalence: the interval of the measured
// amount must lie inside the band around the known amount, each side a test at 5%. ok is
// false if the scenario has no such arm, or no block counts for it yet.
func (v *Verdict) injected(sc *scenario.Scenario, in scenario.InjectedControl) (c ControlVerdict, ok bool) {
	arm := in.Arm
	if sc.UsesSpike() {
		arm = scenario.SpikeArm
	}
	blocks := v.counted(in.Metric, arm, scenario.AAArm, sc.Controls.Baseline)
	if !sc.AsksAbout(in.Of) || len(blocks) == 0 {
		return c, false
	}
	c = ControlVerdict{Arm: arm, Metric: in.Metric, Comparison: comparison.OfInjected, Outcome: Fails}
	if err := c.judgeInjected(sc, in, blocks, v.counted(in.Metric, sc.Controls.Baseline, scenario.AAArm)); err != nil {
		c.Because = err.Error()
	}
	return c, true
}

// judgeInjected computes the interval from blocks with the arm, and the scatter of
// single readings from all blocks with an A/A control.
func (c *ControlVerdict) judgeInjected(sc *scenario.Scenario, in scenario.InjectedControl, blocks, withAA []measure.Block) error {
	baseline := sc.Controls.Baseline
	known, err := injectedAmount(sc, in, c.Arm, blocks)
	if err != nil {
		return err
	}
	c.Known = &known
	found, err := differences(in.Metric, c.Arm, baseline, blocks)
	if err != nil {
		return err
	}
	var pairs []float64
	for _, b := range withAA {
		of, ok := b[baseline].Figures[in.Metric]
		aa, ran := b[scenario.AAArm].Figures[in.Metric]
		if ok && ran {
			pairs = append(pairs, of-aa)
		}
	}
	interval, err := stats.Injected(found, pairs, comparison.Level)
	if err != nil {
		return err
	}
	c.Estimate, c.Low, c.High = &interval.Mean, &interval.Low, &interval.High
	if in.InWindow != "" {
		if found, err := differences(in.InWindow, c.Arm, baseline, blocks); err == nil {
			c.InWindow = new(stats.Mean(found))
		}
	}
	c.Outcome, c.Because = c.compareWithBand(in.Band)
	return nil
}

// compareWithBand reports whether the interval lies inside the band. If not, it says
// whether the amount was missed or the run is too noisy to decide.
func (c *ControlVerdict) compareWithBand(band float64) (ControlOutcome, string) {
	low, high := *c.Known*(1-band), *c.Known*(1+band)
	text := fmt.Sprintf("%s: added %s, measured %s", c.Metric, c.Show(*c.Known), c.ShowMeasured())
	if c.InWindow != nil {
		text += fmt.Sprintf(", in the window %s", c.Show(*c.InWindow))
	}
	switch {
	case *c.Low >= low && *c.High <= high:
		return Holds, text
	case *c.Low > high || *c.High < low:
		return Fails, text + fmt.Sprintf(": wrong by more than %s", metric.Percent(band))
	default:
		return Fails, text + fmt.Sprintf(
			": the interval is wider than ±%s; run more blocks, use a quieter machine, or add a larger amount", metric.Percent(band))
	}
}

// injectedAmount returns the added amount, the mean over the blocks; for memory, the
// amount that its holder reports. In a run of format 2 it is the scenario's.
func injectedAmount(s *scenario.Scenario, in scenario.InjectedControl, arm string, blocks []measure.Block) (known float64, err error) {
	if s.UsesSpike() {
		return cmp.Or(in.Asked(s), in.Default(s, 0)), nil
	}
	var added []float64
	for _, b := range blocks {
		if b[arm].Added == nil {
			return 0, fmt.Errorf("the process that holds the memory did not report the amount (block %d)", b[arm].Block)
		}
		added = append(added, *b[arm].Added)
	}
	return stats.Mean(added), nil
}

// differences returns the arm's figures, each less the mean of the baseline's and the
// A/A control's.
func differences(m metric.Name, arm, baseline string, blocks []measure.Block) (xs []float64, err error) {
	for _, b := range blocks {
		var found [3]float64
		for i, name := range []string{arm, baseline, scenario.AAArm} {
			if found[i], err = b.Figure(name, m); err != nil {
				return nil, err
			}
		}
		xs = append(xs, found[0]-(found[1]+found[2])/2)
	}
	return xs, nil
}

// LackInjected returns the injected arms that the next block must have, with the
// amounts to add: the arms with fewer than two readings, while an answer that they
// validate is open. An amount that depends on the baseline's figure waits for one.
func (v *Verdict) LackInjected(sc *scenario.Scenario) (arms []scenario.Variant, add map[string]*scenario.Injection) {
	add = map[string]*scenario.Injection{}
	for _, arm := range sc.Injected() {
		in := scenario.InjectedOf(arm.Name)
		if v.readingsLeft(sc, in) == 0 {
			continue
		}
		if injection, ok := v.injection(sc, in); ok {
			arms, add[arm.Name] = append(arms, arm), injection
		}
	}
	return arms, add
}

// ReadingsLeft returns how many readings of injected arms are missing.
func (v *Verdict) ReadingsLeft(sc *scenario.Scenario) (n int) {
	for _, arm := range sc.Injected() {
		n += v.readingsLeft(sc, scenario.InjectedOf(arm.Name))
	}
	return n
}

// readingsLeft returns how many readings of an injected arm are missing; 0 if no open
// answer depends on them.
func (v *Verdict) readingsLeft(sc *scenario.Scenario, in scenario.InjectedControl) int {
	if !v.OpenOn(sc, in.Of) {
		return 0
	}
	return max(0, scenario.Injections-len(v.usable(in.Metric, in.Arm, scenario.AAArm, sc.Controls.Baseline)))
}

// injection returns the amount that the scenario asks for, else one computed from the
// baseline's figures so far. ok is false without such a figure.
func (v *Verdict) injection(sc *scenario.Scenario, in scenario.InjectedControl) (_ *scenario.Injection, ok bool) {
	if asked := in.Asked(sc); asked > 0 {
		return in.Inject(asked), true
	}
	shown := measure.Figures(v.usable(in.Metric, sc.Controls.Baseline), sc.Controls.Baseline, in.Metric)
	if len(shown) == 0 {
		return nil, false
	}
	return in.Inject(in.Default(sc, stats.Mean(shown))), stats.Mean(shown) > 0
}

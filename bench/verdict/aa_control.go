package verdict

import (
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// The A/A control of a comparison fails if it proves a bias and that bias could change the
// answer to a claim. Proven means at aaError over all A/A controls of the run, by
// Bonferroni: at 5% for each metric, a healthy run with three of them would fail every
// seventh time. A bias could change an answer if the claim is decided, and no longer so with
// its interval moved outward by the A/A margin.
//
// If no bias is proven but the margin takes an answer away, the control is too noisy. That
// is a note and no failure: the claim is INCONCLUSIVE then.
//
// An attribution has no bound. Its control fails if it proves a bias of more than aaBias of
// the total effect.
const (
	aaError = 0.01
	aaBias  = 0.25
)

// aaControl is the A/A control of one comparison of one metric.
type aaControl struct {
	ControlVerdict
	claims []ClaimVerdict // those on it, as they would be answered
	effect float64        // of an attribution without such claims: the total, on the scale
}

// aaControls returns an A/A control for each comparison that a claim makes. An attribution
// adds its metric, unless a claim asks for it.
func (v *Verdict) aaControls(sc *scenario.Scenario) (all []*aaControl) {
	of := func(m metric.Name, kind comparison.Name) *aaControl {
		i := slices.IndexFunc(all, func(c *aaControl) bool { return c.Metric == m && c.Comparison == kind })
		if i < 0 {
			i, all = len(all), append(all, &aaControl{ControlVerdict: ControlVerdict{Arm: scenario.AAArm, Metric: m, Comparison: kind}})
		}
		return all[i]
	}
	for _, c := range sc.Claims {
		if kind, _ := c.Comparison(); kind.Facts().Baseline {
			on := of(c.Metric, kind)
			on.claims = append(on.claims, v.answer(sc, c))
		}
	}
	if a := sc.Attribution; a != nil {
		mean := func(arm string) float64 { return stats.Mean(measure.Figures(v.analysed(), arm, a.Metric)) }
		effect := math.Abs(math.Log(mean(scenario.AllCauses) / mean(scenario.NoCauses)))
		if effect > 0 && !math.IsInf(effect, 0) { // otherwise there is no effect to attribute, or none measured
			of(a.Metric, comparison.OfWhole).effect = effect
		}
	}
	return all
}

// answer judges a claim on the blocks that count for it, once: its A/A control asks, too.
func (v *Verdict) answer(sc *scenario.Scenario, c scenario.Claim) ClaimVerdict {
	if a, ok := v.answers[c.ID]; ok {
		return a
	}
	valid, a := v.counted(c.Metric, sc.ArmsOf(c)...), newClaimVerdict(c, v.level)
	if sc.Pools(c) {
		a.PooledWith = scenario.AAArm
	} else {
		a.contrasts = v.aaContrasts(sc, c)
	}
	a.judge(c, valid, v.Planned, v.windowHits)
	a.Blocks = measure.Numbers(valid)
	if v.answers == nil {
		v.answers = map[string]ClaimVerdict{}
	}
	v.answers[c.ID] = a
	return a
}

// aaContrasts returns the A/A control less the baseline that it repeats, by block, on the
// scale of the claim; nil for a claim without a baseline.
func (v *Verdict) aaContrasts(sc *scenario.Scenario, c scenario.Claim) []float64 {
	asked := newClaimVerdict(c, v.level)
	if !asked.compared().Facts().Baseline || sc.Controls == nil {
		return nil
	}
	asked.Variant, asked.Baseline = scenario.AAArm, sc.Controls.Baseline
	xs, err := asked.perBlock(v.counted(c.Metric, asked.Variant, asked.Baseline))
	if err != nil {
		return nil // the A/A control fails by it
	}
	return xs
}

// judge computes the interval on the comparison's scale, and the outcome. proof is the
// level of the interval that proves a bias.
//
// If all blocks are equal, both intervals have no width. A difference is then in every
// block, and is taken for a bias.
func (c *aaControl) judge(blocks []measure.Block, baseline string, proof float64) {
	asked := c.asClaim()
	asked.Variant, asked.Baseline = c.Arm, baseline
	xs, err := asked.perBlock(blocks)
	var in, wide stats.Interval
	if err == nil {
		in, err = stats.MeanInterval(xs, comparison.Level)
	}
	if err == nil {
		wide, err = stats.MeanInterval(xs, proof)
	}
	if err != nil {
		c.Outcome, c.Because = Fails, err.Error()
		return
	}
	estimate, low, high := asked.scale().Back(in)
	c.Estimate, c.Low, c.High = &estimate, &low, &high
	c.Biased = wide.Low > 0 || wide.High < 0
	why := ""
	c.Outcome, why = c.outcome(in)
	c.Because = fmt.Sprintf("%s of two identical builds: %s %s, %s", c.Metric, c.Comparison, c.ShowMeasured(), why)
}

// outcome returns the outcome and its reason, given the interval on the scale.
func (c *aaControl) outcome(in stats.Interval) (o ControlOutcome, why string) {
	most := max(math.Abs(in.Low), math.Abs(in.High)) // the largest bias that the interval allows
	changed := slices.IndexFunc(c.claims, func(a ClaimVerdict) bool { return a.changedByBias() })
	total := "the total effect of " + c.Show(comparison.Of(c.Comparison).Scale(c.Metric).Above(c.effect))
	large := c.effect > 0 && math.Abs(in.Mean) > aaBias*c.effect
	switch {
	case c.Biased && changed >= 0:
		return Fails, "a bias that could change the answer to claim " + c.claims[changed].ID
	case c.Biased && large:
		return Fails, "a bias of more than a quarter of " + total
	case changed >= 0:
		return TooNoisy, "noise that could change the answer to claim " + c.claims[changed].ID
	case c.effect > 0 && most >= c.effect:
		return TooNoisy, "the noise may be as large as " + total
	case large:
		return TooNoisy, "more than a quarter of " + total + ", and possibly chance"
	case c.Biased:
		return Holds, "a bias that changes no answer"
	case in.Low <= 0 && in.High >= 0:
		return Holds, "the interval contains no effect"
	default:
		return Holds, "possibly chance, and it changes no answer"
	}
}

// changedByBias reports whether the claim is decided by its own interval, and no longer with
// its ends moved outward by the A/A margin.
func (v *ClaimVerdict) changedByBias() bool {
	if v.Low == nil || len(v.PerBlock) < comparison.MinBlocks {
		return false
	}
	plain := v.OutcomeOf(*v.Low, *v.High)
	if plain == Inconclusive {
		return false
	}
	return v.OutcomeOf(v.decidedEnds()) != plain
}

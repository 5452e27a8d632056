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

// ControlVerdict is the result of a control arm, compared with the baseline. Figures
// are in the unit of the comparison, as in [ClaimVerdict].
type ControlVerdict struct {
	Arm        string          `json:"arm"` // AAArm, MemoryArm or DelayArm; SpikeArm in a run of format 2
	Metric     metric.Name     `json:"metric"`
	Comparison comparison.Name `json:"comparison"`
	// Margin is, for the A/A control, the smallest effect that a claim on this metric
	// states: 0.55 for a reduction of 55%, 1.1 for a ratio of at most 1.1. For a claim
	// whose bound is "no effect" it is the measured effect.
	Margin *float64 `json:"margin,omitempty"`
	// Known is, for an injected arm, the amount added; for memory, the amount that the
	// holder reports.
	Known *float64 `json:"known,omitempty"`
	// InWindow is the added memory as measured in the window. It decides nothing,
	// because the service's own memory varies there.
	InWindow *float64 `json:"in_window,omitempty"`

	Estimate *float64       `json:"estimate,omitempty"`
	Low      *float64       `json:"low,omitempty"` // of the two-sided interval at comparison.Level
	High     *float64       `json:"high,omitempty"`
	Outcome  ControlOutcome `json:"answer"`
	Because  string         `json:"because"` // one sentence
}

// ControlOutcome is the result of a control.
type ControlOutcome string

// The outcomes of a control.
const (
	Holds    ControlOutcome = "holds"
	Fails    ControlOutcome = "fails"     // the claims on the metrics that it validates have no answer
	TooNoisy ControlOutcome = "too noisy" // the A/A control only: it showed neither bias nor its absence, and the claims on its metric say so
)

// The A/A control fails if it proves a bias of more than aaBias of the claim's effect.
// Proven means at aaError over all A/A controls of the run, by Bonferroni: at 5% for each
// metric, a healthy run with three of them would fail every seventh time.
//
// An interval that does not exclude an effect as large as the claim's shows neither
// bias nor its absence. The instrument is not at fault, because the claim's own
// interval is as wide. So this is a note to the claims on that metric. For the share of
// errors it is not even a note: errors are counted, and their scatter is the service's.
const (
	aaBias  = 0.25
	aaError = 0.01
)

// judgeControls judges the control arms on the blocks that count for their metrics. A
// failed control withholds the claims on its metrics. It voids the whole run if that has
// no claims or an attribution.
func (v *Verdict) judgeControls(sc *scenario.Scenario) {
	if len(v.analysed()) < 2 {
		return
	}
	baseline := sc.Controls.Baseline
	all := v.aaControls(sc)
	for _, c := range all {
		blocks := v.counted(c.Metric, c.Arm, baseline)
		c.judge(blocks, baseline, 1-aaError/float64(len(all)))
		v.Controls = append(v.Controls, c.ControlVerdict)
		// Without the baseline's figures the claim on the metric has no answer anyway.
		if len(blocks) >= 2 && len(measure.Figures(blocks, baseline, c.Metric)) == len(blocks) {
			v.withholdClaims(sc, c.ControlVerdict, []metric.Pattern{metric.Pattern(c.Metric)})
		}
	}
	for _, in := range scenario.InjectedControls {
		if c, ok := v.injected(sc, in); ok {
			v.Controls = append(v.Controls, c)
			v.withholdClaims(sc, c, in.Of)
		}
	}
}

// withholdClaims withholds the answers that a failed control validates. It waits until
// the analysis is reached, because a few blocks may fail by chance.
func (v *Verdict) withholdClaims(sc *scenario.Scenario, c ControlVerdict, of []metric.Pattern) {
	if c.Outcome != Fails || !v.Reached {
		return
	}
	why := metric.Because(metric.ControlFailed, of, "control %s: %s", c.Arm, c.Because)
	v.Reasons = append(v.Reasons, why)
	v.withheld = append(v.withheld, why)
	v.Void = v.Void || len(sc.Claims) == 0
}

// withheldBy returns the failed control that validates the metric.
func (v *Verdict) withheldBy(m metric.Name) (why metric.Reason, ok bool) {
	i := slices.IndexFunc(v.withheld, func(r metric.Reason) bool { return r.Spoils(m) })
	if i < 0 {
		return why, false
	}
	return v.withheld[i], true
}

type aaControl struct {
	ControlVerdict
	margin float64 // distance between Margin and no effect, on the comparison's scale
}

// aaControls returns an A/A control for each comparison that a claim makes, with the
// smallest margin of its claims. A claim whose bound is "no effect" itself, such as a
// ratio of at most 1, uses its measured effect as the margin: a bias of that size would
// have proven it. An attribution adds its metric, with the total effect as the margin,
// unless a claim asks for it.
func (v *Verdict) aaControls(sc *scenario.Scenario) (all []*aaControl) {
	find := func(m metric.Name, kind comparison.Name) int {
		return slices.IndexFunc(all, func(c *aaControl) bool { return c.Metric == m && c.Comparison == kind })
	}
	control := func(m metric.Name, kind comparison.Name, margin float64) *aaControl {
		shown := comparison.Of(kind).Scale(m).Above(margin)
		return &aaControl{ControlVerdict{Arm: scenario.AAArm, Metric: m, Comparison: kind, Margin: &shown}, margin}
	}
	for _, c := range sc.Claims {
		kind, _ := c.Comparison()
		margin := v.marginOf(c)
		if margin == 0 {
			continue
		}
		if i := find(c.Metric, kind); i >= 0 {
			all[i] = control(c.Metric, kind, min(margin, all[i].margin))
		} else {
			all = append(all, control(c.Metric, kind, margin))
		}
	}
	if a := sc.Attribution; a != nil && find(a.Metric, comparison.OfWhole) < 0 {
		mean := func(arm string) float64 { return stats.Mean(measure.Figures(v.analysed(), arm, a.Metric)) }
		margin := math.Abs(math.Log(mean(scenario.AllCauses) / mean(scenario.NoCauses)))
		if margin > 0 && !math.IsInf(margin, 0) { // otherwise there is no effect to attribute, or none measured
			all = append(all, control(a.Metric, comparison.OfWhole, margin))
		}
	}
	return all
}

// marginOf returns the distance between no effect and the nearest other end of the
// claim's range, on the comparison's scale. If there is none, it is the measured effect;
// 0 without a measurement or a baseline.
func (v *Verdict) marginOf(c scenario.Claim) (margin float64) {
	kind, bound := c.Comparison()
	if !kind.Facts().Baseline {
		return 0
	}
	for _, q := range []*metric.Quantity{bound.AtLeast, bound.AtMost} {
		if q == nil {
			continue
		}
		if d := math.Abs(comparison.Of(kind).Scale(c.Metric).To(q.Value)); d > 0 && (margin == 0 || d < margin) {
			margin = d
		}
	}
	if margin > 0 {
		return margin
	}
	asked := newClaimVerdict(c, comparison.Level)
	xs, err := asked.perBlock(v.counted(c.Metric, c.Variants()...))
	if err != nil || len(xs) == 0 {
		return 0
	}
	return math.Abs(stats.Mean(xs))
}

// judge computes the interval on the comparison's scale, and the outcome. proof is the
// level of the interval that proves a bias.
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
	c.Outcome, c.Because = c.outcome(in, wide)
}

func (c *aaControl) outcome(in, wide stats.Interval) (ControlOutcome, string) {
	measured := fmt.Sprintf("%s of two identical builds: %s %s", c.Metric, c.Comparison, c.ShowMeasured())
	claimed := c.Show(*c.Margin)
	large := math.Abs(in.Mean) > aaBias*c.margin
	switch {
	case large && (wide.Low > 0 || wide.High < 0):
		return Fails, measured + ", a bias that is too large for a claim of " + claimed
	case c.Metric != metric.Errors && (in.Low <= -c.margin || in.High >= c.margin):
		return TooNoisy, measured + ", the noise may be as large as the claimed effect of " + claimed
	case in.Low <= 0 && in.High >= 0:
		return Holds, measured + ", the interval contains no effect"
	case large:
		return TooNoisy, measured + ", too large for a claim of " + claimed + ", and possibly chance"
	default:
		return Holds, measured + ", a bias that is too small to affect a claim of " + claimed
	}
}

// Show prints a figure of the control in the unit of its comparison.
func (c *ControlVerdict) Show(x float64) string { return c.asClaim().Show(x) }

// ContainsNoEffect reports whether the interval contains "no effect".
func (c *ControlVerdict) ContainsNoEffect() bool { return c.asClaim().ContainsNoEffect() }

// ShowInterval returns the interval in words.
func (c *ControlVerdict) ShowInterval() string { return c.asClaim().ShowInterval() }

// ShowEstimate returns the estimate in words.
func (c *ControlVerdict) ShowEstimate() string { return c.asClaim().ShowEstimate() }

// ShowMeasured returns the estimate with its interval.
func (c *ControlVerdict) ShowMeasured() string {
	if c.Estimate == nil {
		return c.ShowEstimate()
	}
	return fmt.Sprintf("%s (%s %s)", c.ShowEstimate(), intervalName, c.ShowInterval())
}

// asClaim presents the control's figures as a claim's.
func (c *ControlVerdict) asClaim() *ClaimVerdict {
	return &ClaimVerdict{Metric: c.Metric, Comparison: c.Comparison, Estimate: c.Estimate, Low: c.Low, High: c.High}
}

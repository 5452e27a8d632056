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
	Arm        string          `json:"arm"` // NullArm, MemoryArm or DelayArm; SpikeArm in a run of format 2
	Metric     metric.Name     `json:"metric"`
	Comparison comparison.Name `json:"comparison"`
	// Margin is, for the A/A control, the smallest effect that a claim on this metric states: 0.55
	// for a reduction of 55%, 1.1 for a ratio of at most 1.1. For a claim whose bound
	// is "no effect" it is the measured effect. Known is, for an injected arm, the
	// amount added; for memory, the amount that the holder reports.
	Margin *float64 `json:"margin,omitempty"`
	Known  *float64 `json:"known,omitempty"`
	// InWindow is the added memory as measured in the window. It decides nothing,
	// because the service's own memory varies there.
	InWindow *float64 `json:"in_window,omitempty"`

	Estimate *float64       `json:"estimate,omitempty"`
	Low      *float64       `json:"low,omitempty"` // of the two-sided interval: 95% for the A/A control, 90% for an injected arm
	High     *float64       `json:"high,omitempty"`
	Outcome  ControlOutcome `json:"answer"`
	Because  string         `json:"because"` // one sentence
}

// ControlAnswer is the result of a control.
type ControlOutcome string

// The answers.
const (
	Holds    ControlOutcome = "holds"
	Fails    ControlOutcome = "fails"     // the claims on the metrics that it validates have no answer
	TooNoisy ControlOutcome = "too noisy" // the A/A control only: it showed neither bias nor its absence, and the claims on its metric say so
)

// controlLevel is the level of the controls' two-sided intervals.
const controlLevel = 0.95

// The A/A control fails if it proves a bias of more than nullBias of the claim's effect. Proven
// means at nullError over all A/A controls of the run, by Bonferroni. At 5% for each metric, a
// healthy run with three of them would fail every seventh time, and a run takes half an
// hour. A bias that only the 95% interval shows is a note to the claims on that metric.
//
// An interval that does not exclude an effect as large as the claim's shows neither
// bias nor its absence. The instrument is not at fault, because the claim's own
// interval is as wide, and the run's other metrics may be steady. So this is a note to
// the claims on that metric. For the share of errors it is not even a note: errors are
// counted, and their scatter is the service's.
const (
	aaBias  = 0.25
	aaError = 0.01
)

// controls judges the control arms on the blocks that count for their metrics. A failed
// control withdraws the claims on its metrics. It voids the whole run if that has no
// claims or an attribution.
func (v *Verdict) controls(sc *scenario.Scenario) {
	if sc.Controls == nil || len(v.valid()) < 2 {
		return
	}
	asked := addAAControl(sc.Attribution, v.valid(), v.aaControls(sc))
	for _, n := range asked {
		n.proof = 1 - aaError/float64(len(asked))
		c := n.judge(sc, v.counted(n.Metric, n.Arm, sc.Controls.Baseline))
		v.Controls = append(v.Controls, c)
		if !v.lacks(c, sc.Controls.Baseline) {
			v.withholdClaims(sc, c, []metric.Pattern{metric.Pattern(c.Metric)})
		}
	}
	for _, in := range scenario.InjectedControls {
		if c, ok := v.injected(sc, in); ok {
			v.Controls = append(v.Controls, c)
			v.withholdClaims(sc, c, in.Of)
		}
	}
}

// fail withdraws the answers that a failed control validates. It waits until the
// analysis is reached, because a few blocks may fail by chance.
func (v *Verdict) withholdClaims(sc *scenario.Scenario, c ControlVerdict, of []metric.Pattern) {
	if c.Outcome != Fails || !v.Reached {
		return
	}
	why := metric.Because(metric.ControlFailed, of, "control %s: %s", c.Arm, c.Because)
	v.Reasons = append(v.Reasons, why)
	v.withheld = append(v.withheld, why)
	if len(sc.Claims) == 0 {
		v.Void = true
	}
}

// withheldBy returns the failed control that validates the metric.
func (v *Verdict) withheldBy(m metric.Name) (why metric.Reason, ok bool) {
	i := slices.IndexFunc(v.withheld, func(r metric.Reason) bool { return r.Spoils(m) })
	if i < 0 {
		return why, false
	}
	return v.withheld[i], true
}

// lacks reports whether the control could not be judged, because the baseline has no
// usable figure either. Then the claim on the metric has no answer anyway.
func (v *Verdict) lacks(c ControlVerdict, baseline string) bool {
	counted := v.counted(c.Metric, c.Arm, baseline)
	return len(counted) < 2 || c.Arm == scenario.AAArm && len(measure.Figures(counted, baseline, c.Metric)) < len(counted)
}

type control struct {
	ControlVerdict
	margin float64 // distance between Margin and no effect, on the comparison's scale
	proof  float64 // level of the interval that proves a bias
}

// nulls returns the comparisons that the claims make, each once, with the smallest
// margin of its claims. A claim whose bound is "no effect" itself, such as a ratio of
// at most 1, uses its measured effect as the margin: a bias of that size would have
// proven it.
func (v *Verdict) aaControls(sc *scenario.Scenario) (all []*control) {
	type question struct {
		metric metric.Name
		kind   comparison.Name
	}
	seen := map[question]*control{}
	for _, cl := range sc.Claims {
		kind, bound := cl.Comparison()
		margin := marginOf(kind, cl.Metric, bound)
		if margin == 0 {
			margin = claimEffect(cl, v.counted(cl.Metric, cl.Variants()...))
		}
		if !kind.Facts().Baseline || margin == 0 {
			continue
		}
		q := question{cl.Metric, kind}
		if c := seen[q]; c != nil {
			c.margin = min(c.margin, margin)
			continue
		}
		seen[q] = &control{ControlVerdict: ControlVerdict{Arm: scenario.AAArm, Metric: cl.Metric, Comparison: kind}, margin: margin}
		all = append(all, seen[q])
	}
	for _, c := range all {
		c.Margin = c.effect()
	}
	return all
}

// claimEffect returns the distance between no effect and the measured effect, on the
// comparison's scale; 0 without a measurement.
func claimEffect(c scenario.Claim, valid []measure.Block) float64 {
	asked := newClaimVerdict(c, controlLevel)
	xs, why := asked.perBlock(valid)
	if why != "" {
		return 0
	}
	return math.Abs(stats.Mean(xs))
}

// marginOf returns the distance between no effect and the nearest other end of the
// claim's range, on the comparison's scale; 0 if there is none.
func marginOf(kind comparison.Name, m metric.Name, b scenario.Bound) (margin float64) {
	for _, q := range []*metric.Quantity{b.AtLeast, b.AtMost} {
		if q == nil || !kind.Facts().Baseline {
			continue
		}
		if d := math.Abs(comparison.Of(kind).Scale(m).To(q.Value)); d > 0 && (margin == 0 || d < margin) {
			margin = d
		}
	}
	return margin
}

// judge computes the interval on the comparison's scale, and the answer.
func (c *control) judge(sc *scenario.Scenario, valid []measure.Block) ControlVerdict {
	c.Outcome = Fails
	asked := ClaimVerdict{Metric: c.Metric, Variant: c.Arm, Baseline: sc.Controls.Baseline, Comparison: c.Comparison}
	xs, why := asked.perBlock(valid)
	if why != "" {
		c.Because = why
		return c.ControlVerdict
	}
	in, err := stats.MeanInterval(xs, controlLevel)
	if err != nil {
		c.Because = err.Error()
		return c.ControlVerdict
	}
	estimate, low, high := asked.scale().Back(in)
	c.Estimate, c.Low, c.High = &estimate, &low, &high
	c.Outcome, c.Because = c.aaOutcome(xs, in)
	return c.ControlVerdict
}

func (c *control) aaOutcome(xs []float64, in stats.Interval) (ControlOutcome, string) {
	subject := fmt.Sprintf("%s of the same build against itself: %s %s", c.Metric, c.Comparison, c.ShowMeasured())
	claimed := c.Show(*c.Margin)
	covers, matters := in.Low <= 0 && in.High >= 0, math.Abs(in.Mean) > aaBias*c.margin
	switch {
	case matters && c.provesBias(xs):
		return Fails, subject + ", a bias that matters to a claim of " + claimed
	case c.Metric != metric.Errors && (in.Low <= -c.margin || in.High >= c.margin):
		return TooNoisy, subject + ", which may be as much as a claim of " + claimed + " is about"
	case covers:
		return Holds, subject + ", which covers no effect"
	case matters:
		return TooNoisy, subject + ", which would matter to a claim of " + claimed + " and may be chance"
	default:
		return Holds, subject + ", a bias too small to matter to a claim of " + claimed
	}
}

// proves reports whether there is a bias, at the level that all A/A controls share.
func (c *control) provesBias(xs []float64) bool {
	wide, err := stats.MeanInterval(xs, c.proof)
	return err == nil && (wide.Low > 0 || wide.High < 0)
}

// doubt returns the note for a claim whose the A/A control was too noisy.
func (v *Verdict) notesFromAA(c scenario.Claim) (notes []string) {
	kind, _ := c.Comparison()
	for _, ctl := range v.Controls {
		if ctl.Outcome == TooNoisy && ctl.Metric == c.Metric && ctl.Comparison == kind {
			notes = append(notes, "The A/A control is too noisy to support this claim: "+ctl.Because+".")
		}
	}
	return notes
}

// Show prints a figure of the control in the unit of its comparison.
func (c *ControlVerdict) Show(x float64) string {
	return (&ClaimVerdict{Metric: c.Metric, Comparison: c.Comparison}).Show(x)
}

// CoversNothing reports whether the interval contains "no effect".
func (c *ControlVerdict) ContainsNoEffect() bool {
	return (&ClaimVerdict{Comparison: c.Comparison, Low: c.Low, High: c.High}).ContainsNoEffect()
}

// ShowMeasured returns the estimate with its interval.
func (c *ControlVerdict) ShowMeasured() string {
	if c.Estimate == nil {
		return "not measured"
	}
	level := controlLevel
	if c.Known != nil {
		level = injectedLevel
	}
	return fmt.Sprintf("%s (%.0f%% interval %s)", c.ShowEstimate(), 100*level, c.ShowInterval())
}

// effect converts the margin to a figure.
func (c *control) effect() *float64 {
	x := comparison.Of(c.Comparison).Scale(c.Metric).Above(c.margin)
	return &x
}

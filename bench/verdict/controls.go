package verdict

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/comparison"
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
	// Biased reports that the A/A control proves a bias. It fails only if the bias could
	// change an answer.
	Biased bool `json:"biased,omitempty"`
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
	TooNoisy ControlOutcome = "too noisy" // the A/A control only: it proves no bias, and one that it allows could change an answer; the claims on its metric say so
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

// Show prints a figure of the control in the unit of its comparison.
func (c *ControlVerdict) Show(x float64) string { return c.asClaim().Show(x) }

// ShowInterval returns the interval in words.
func (c *ControlVerdict) ShowInterval() string { return c.asClaim().ShowInterval() }

// ShowEstimate returns the estimate in words.
func (c *ControlVerdict) ShowEstimate() string { return c.asClaim().ShowEstimate() }

// ShowMeasured returns the estimate with its interval.
func (c *ControlVerdict) ShowMeasured() string {
	claim := c.asClaim()
	if c.Estimate == nil || claim.Count != nil {
		return claim.ShowMeasured()
	}
	return fmt.Sprintf("%s (%s %s)", c.ShowEstimate(), intervalName, c.ShowInterval())
}

// asClaim presents the control's figures as a claim's. Without scatter it has no interval,
// and every block shows the same.
func (c *ControlVerdict) asClaim() *ClaimVerdict {
	v := &ClaimVerdict{Metric: c.Metric, Comparison: c.Comparison, Estimate: c.Estimate, Low: c.Low, High: c.High}
	if c.Low != nil && *c.Low == *c.High {
		v.Count = &Counted{Equal: true}
	}
	return v
}

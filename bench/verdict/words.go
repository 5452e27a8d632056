package verdict

import (
	"fmt"

	"github.com/memproof/memproof/bench/metric"
)

// Show prints a figure of the claim in the unit of its comparison.
func (v *ClaimVerdict) Show(x float64) string { return v.compared().Show(v.Metric, x) }

// withSuffix adds the suffix of the metric's figures; a share or a factor has none.
func (v *ClaimVerdict) withSuffix(figures string) string {
	if v.Comparison.Facts().Own != nil {
		return figures
	}
	return figures + v.Metric.Per()
}

// ShowBound returns the claim's range in words: "at least 55.0%".
func (v *ClaimVerdict) ShowBound() string {
	switch {
	case v.AtLeast == nil:
		return v.withSuffix("at most " + v.Show(*v.AtMost))
	case v.AtMost == nil:
		return v.withSuffix("at least " + v.Show(*v.AtLeast))
	case *v.AtLeast == *v.AtMost:
		return v.withSuffix("exactly " + v.Show(*v.AtLeast))
	default:
		return v.withSuffix(v.Show(*v.AtLeast) + " to " + v.Show(*v.AtMost))
	}
}

// ShowInterval returns the interval in words: "44.1% to 46.0%". Of a claim that every
// trial decides it is "every block", "every trial" or the range of the trials: "trials 5 to
// 6".
func (v *ClaimVerdict) ShowInterval() string {
	if v.Low == nil || v.High == nil {
		return "not measured"
	}
	ends := v.withSuffix(v.Show(*v.Low) + " to " + v.Show(*v.High))
	if v.Count == nil {
		return ends
	}
	one := "trial"
	if v.Count.Equal {
		one = "block"
	}
	if *v.Low == *v.High {
		return "every " + one
	}
	return one + "s " + ends
}

// ShowEstimate returns the estimate in words: "45.1%".
func (v *ClaimVerdict) ShowEstimate() string {
	if v.Estimate == nil {
		return "not measured"
	}
	return v.withSuffix(v.Show(*v.Estimate))
}

// ShowMeasured returns the estimate with its interval: "45.1% (44.1% to 46.0%)".
func (v *ClaimVerdict) ShowMeasured() string {
	if v.Estimate == nil || v.Low == nil || v.High == nil {
		return v.ShowEstimate()
	}
	if v.Count != nil {
		return fmt.Sprintf("%s (%s)", v.ShowEstimate(), v.ShowInterval())
	}
	return v.withSuffix(fmt.Sprintf("%s (%s to %s)", v.Show(*v.Estimate), v.Show(*v.Low), v.Show(*v.High)))
}

// ShowAAMargin returns the A/A margin in words: "1.2%" of a ratio, else an amount.
func (v *ClaimVerdict) ShowAAMargin() string {
	switch {
	case v.AAMargin == nil:
		return "none"
	case v.scale().Factor:
		return metric.Percent(*v.AAMargin - 1)
	}
	return v.withSuffix(v.Show(*v.AAMargin))
}

// intervalName names an interval at comparison.Level. With several analyses each is wider,
// and all analyses together keep this level.
const intervalName = "90% interval"

// sentence states the measured figure and the claimed one.
func (v *ClaimVerdict) sentence() string {
	facts := v.Comparison.Facts()
	subject, interval := fmt.Sprintf("%s of %s", v.Metric, v.Variant), v.ShowInterval()
	if facts.Baseline {
		subject += " vs " + v.Baseline
	}
	if v.Count == nil {
		interval += ", " + intervalName
	}
	return fmt.Sprintf("%s: %s %s (%s); claimed: %s", subject, v.Comparison, v.ShowEstimate(), interval, v.ShowBound())
}

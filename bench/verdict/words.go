package verdict

import "fmt"

// Show prints a figure of the claim in the unit of its comparison.
func (v *ClaimVerdict) Show(x float64) string { return v.compared().Show(v.Metric, x) }

// per returns the suffix of the claim's figures; a share or a factor has none.
func (v *ClaimVerdict) per() string {
	if v.Comparison.Facts().Own != nil {
		return ""
	}
	return v.Metric.Per()
}

// ShowBound returns the claim's range in words: "at least 55.0%".
func (v *ClaimVerdict) ShowBound() string {
	switch {
	case v.AtLeast != nil && v.AtMost != nil && *v.AtLeast == *v.AtMost:
		return "exactly " + v.Show(*v.AtLeast) + v.per()
	case v.AtLeast != nil && v.AtMost != nil:
		return v.Show(*v.AtLeast) + " to " + v.Show(*v.AtMost) + v.per()
	case v.AtLeast != nil:
		return "at least " + v.Show(*v.AtLeast) + v.per()
	default:
		return "at most " + v.Show(*v.AtMost) + v.per()
	}
}

// ShowInterval returns the interval in words: "44.1% to 46.0%".
func (v *ClaimVerdict) ShowInterval() string {
	if v.Low == nil || v.High == nil {
		return "not measured"
	}
	return v.Show(*v.Low) + " to " + v.Show(*v.High) + v.per()
}

// ShowEstimate returns the estimate in words: "45.1%".
func (v *ClaimVerdict) ShowEstimate() string {
	if v.Estimate == nil {
		return "not measured"
	}
	return v.Show(*v.Estimate) + v.per()
}

// ShowMeasured returns the estimate with its interval: "45.1% (44.1% to 46.0%)".
func (v *ClaimVerdict) ShowMeasured() string {
	if v.Estimate == nil || v.Low == nil || v.High == nil {
		return v.ShowEstimate()
	}
	return fmt.Sprintf("%s (%s to %s)%s", v.Show(*v.Estimate), v.Show(*v.Low), v.Show(*v.High), v.per())
}

// sentence states the measured figure and the claimed one.
func (v *ClaimVerdict) sentence() string {
	subject := fmt.Sprintf("%s of %s against %s", v.Metric, v.Variant, v.Baseline)
	if !v.Comparison.Facts().Baseline {
		subject = fmt.Sprintf("%s of %s", v.Metric, v.Variant)
	}
	s := fmt.Sprintf("%s: %s %s (%s, %s); claimed: %s", subject, v.Comparison, v.ShowEstimate(), v.ShowInterval(), v.levelName(), v.ShowBound())
	if v.Outcome == Inconclusive && v.MoreBlocks > 0 {
		s += fmt.Sprintf("; about %d more blocks would decide it", v.MoreBlocks)
	}
	return s
}

func (v *ClaimVerdict) levelName() string {
	if v.Count != nil {
		return "every trial"
	}
	if v.Comparison.Facts().OneSided {
		return "one-sided 95% bounds"
	}
	return "95% interval"
}

// asClaim presents the control's figure as a claim's.
func (c *ControlVerdict) asClaim() *ClaimVerdict {
	return &ClaimVerdict{Metric: c.Metric, Comparison: c.Comparison, Estimate: c.Estimate, Low: c.Low, High: c.High}
}

// ShowInterval returns the interval in words.
func (c *ControlVerdict) ShowInterval() string { return c.asClaim().ShowInterval() }

// ShowEstimate returns the estimate in words.
func (c *ControlVerdict) ShowEstimate() string { return c.asClaim().ShowEstimate() }

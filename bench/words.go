package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Show prints a figure of the claim as its comparison reads: reductions and
// ratios as percentages and factors, the rest as [Metric.Show].
func (v *ClaimVerdict) Show(x float64) string {
	switch v.Comparison {
	case Reduction:
		return percent(x)
	case Ratio:
		return fixed(x, 3) + "×"
	default:
		return v.Metric.Show(x)
	}
}

// Show prints a figure of the metric, or a difference of two, in the unit that a
// person reads best: 1.58 GB, 0.02%. It is the one way in which tables, pictures,
// terminal and messages print a figure. What is not 0 never reads as 0.
func (m Metric) Show(x float64) string {
	switch m {
	case Errors, ErrorsReset:
		return fixed(100*x, 2) + "%"
	case ForeignCPU, Interrupts, Steal, CPUPressure, GeneratorCPU:
		return ShowShare(x)
	case Throttled:
		if x == 0 {
			return "0"
		}
		return FormatValue(x, UnitSeconds)
	default:
		return FormatValue(x, m.Unit())
	}
}

// ShowShare prints a part of a whole as a percentage, with a decimal where it needs
// one: 2%, 0.3%.
func ShowShare(x float64) string { return strings.TrimSuffix(fixed(100*x, 1), ".0") + "%" }

func percent(x float64) string { return fixed(100*x, 1) + "%" }

// signed is a percentage with its sign.
func signed(x float64) string {
	if x > 0 {
		return "+" + percent(x)
	}
	return percent(x)
}

// fixed prints x with that many decimals, and with as many more as it takes for a
// digit other than 0, up to six. Only 0, and what float64 leaves of it, reads as 0,
// and it has no minus before it.
func fixed(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	switch a := math.Abs(x); {
	case strings.Trim(s, "-0.") != "":
		return s
	case a < leftOfZero:
		return strings.TrimPrefix(s, "-")
	default:
		return strconv.FormatFloat(x, 'f', int(math.Ceil(-math.Log10(a))), 64)
	}
}

// leftOfZero is more than rounding leaves of a difference between equal figures, and
// less than anybody measures: a millionth of a percent, a byte or a microsecond.
const leftOfZero = 1e-6

// Per is what the metric's figures are for, " per 1,000 requests"; empty for most,
// which stand for themselves. It follows a figure of the metric, or a range of two,
// wherever the metric's own words do not say it.
func (m Metric) Per() string {
	if m == MemoryGrowth {
		return " per 1,000 requests"
	}
	return ""
}

// per is that of the claim's figures: a share or a factor is for nothing.
func (v *ClaimVerdict) per() string {
	if relative(v.Comparison) {
		return ""
	}
	return v.Metric.Per()
}

// ShowBound is the claim's range in words: "at least 55.0%".
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

// ShowInterval is the interval in words: "44.1% to 46.0%".
func (v *ClaimVerdict) ShowInterval() string {
	if v.Low == nil || v.High == nil {
		return "not measured"
	}
	return v.Show(*v.Low) + " to " + v.Show(*v.High) + v.per()
}

// ShowEstimate is the estimate in words: "45.1%".
func (v *ClaimVerdict) ShowEstimate() string {
	if v.Estimate == nil {
		return "not measured"
	}
	return v.Show(*v.Estimate) + v.per()
}

// ShowMeasured is the estimate with its interval: "45.1% (44.1% to 46.0%)".
func (v *ClaimVerdict) ShowMeasured() string {
	if v.Estimate == nil || v.Low == nil || v.High == nil {
		return v.ShowEstimate()
	}
	return fmt.Sprintf("%s (%s to %s)%s", v.Show(*v.Estimate), v.Show(*v.Low), v.Show(*v.High), v.per())
}

// sentence says what was found and what was claimed.
func (v *ClaimVerdict) sentence() string {
	subject := fmt.Sprintf("%s of %s against %s", v.Metric, v.Of, v.Against)
	if v.Comparison == Value {
		subject = fmt.Sprintf("%s of %s", v.Metric, v.Of)
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
	if v.Comparison == Ratio || v.Comparison == Difference {
		return "one-sided 95% bounds"
	}
	return "95% interval"
}

// asClaim is the control's figure as a claim would have it.
func (c *ControlVerdict) asClaim() *ClaimVerdict {
	return &ClaimVerdict{Metric: c.Metric, Comparison: c.Comparison, Estimate: c.Estimate, Low: c.Low, High: c.High}
}

// ShowInterval is the interval in words.
func (c *ControlVerdict) ShowInterval() string { return c.asClaim().ShowInterval() }

// ShowEstimate is the estimate in words.
func (c *ControlVerdict) ShowEstimate() string { return c.asClaim().ShowEstimate() }

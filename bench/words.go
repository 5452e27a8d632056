package bench

import (
	"fmt"
	"strconv"
	"strings"
)

// Show prints a figure of the claim as its comparison reads: reductions and
// ratios as percentages and factors, the rest in the metric's unit.
func (v *ClaimVerdict) Show(x float64) string {
	switch v.Comparison {
	case Reduction:
		return percent(x)
	case Ratio:
		return fixed(x, 3) + "×"
	default:
		if v.Metric == Errors {
			return fixed(100*x, 2) + "%"
		}
		return FormatValue(x, v.Metric.Unit())
	}
}

func percent(x float64) string { return fixed(100*x, 1) + "%" }

// signed is a percentage with its sign.
func signed(x float64) string {
	if x > 0 {
		return "+" + percent(x)
	}
	return percent(x)
}

// fixed prints x with that many decimals, and never a minus before a zero.
func fixed(x float64, decimals int) string {
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return s
}

// ShowBound is the claim's range in words: "at least 55.0%".
func (v *ClaimVerdict) ShowBound() string {
	switch {
	case v.AtLeast != nil && v.AtMost != nil && *v.AtLeast == *v.AtMost:
		return "exactly " + v.Show(*v.AtLeast)
	case v.AtLeast != nil && v.AtMost != nil:
		return v.Show(*v.AtLeast) + " to " + v.Show(*v.AtMost)
	case v.AtLeast != nil:
		return "at least " + v.Show(*v.AtLeast)
	default:
		return "at most " + v.Show(*v.AtMost)
	}
}

// ShowInterval is the interval in words: "44.1% to 46.0%".
func (v *ClaimVerdict) ShowInterval() string {
	if v.Low == nil || v.High == nil {
		return "not measured"
	}
	return v.Show(*v.Low) + " to " + v.Show(*v.High)
}

// sentence says what was found and what was claimed.
func (v *ClaimVerdict) sentence() string {
	subject := fmt.Sprintf("%s of %s against %s", v.Metric, v.Of, v.Against)
	if v.Comparison == Value {
		subject = fmt.Sprintf("%s of %s", v.Metric, v.Of)
	}
	s := fmt.Sprintf("%s: %s %s (%s, %s); claimed: %s", subject, v.Comparison, v.Show(*v.Estimate), v.ShowInterval(), v.levelName(), v.ShowBound())
	if v.Outcome == Inconclusive && v.MoreBlocks > 0 {
		s += fmt.Sprintf("; about %d more blocks would decide it", v.MoreBlocks)
	}
	return s
}

func (v *ClaimVerdict) levelName() string {
	if v.Comparison == Ratio || v.Comparison == Difference {
		return "one-sided 95% bounds"
	}
	return "95% interval"
}

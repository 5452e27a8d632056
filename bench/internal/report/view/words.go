package view

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/verdict"
)

// SentenceOf is the claim in its author's words, else what is checked.
func SentenceOf(c verdict.ClaimVerdict) string {
	if c.Statement != "" {
		return strings.Join(strings.Fields(c.Statement), " ")
	}
	return FigureOf(c) + ": " + c.ShowBound()
}

// FigureOf is what is checked: "reduction of memory.mean, after vs before".
func FigureOf(c verdict.ClaimVerdict) string {
	if !c.Comparison.Facts().Baseline {
		return fmt.Sprintf("%s of %s", c.Metric, c.Variant)
	}
	return fmt.Sprintf("%s of %s, %s", c.Comparison, c.Metric, pairOf(c))
}

// pairOf is the claim's variant, and its baseline if it has one: "after vs before".
func pairOf(c verdict.ClaimVerdict) string {
	if c.Baseline == "" {
		return c.Variant
	}
	return c.Variant + " vs " + c.Baseline
}

// NoEffect is shown with a refuted claim whose interval contains "no effect".
func NoEffect(c verdict.ClaimVerdict) string {
	if c.Outcome == verdict.Refuted && c.ContainsNoEffect() {
		return "no effect that this run can see"
	}
	return ""
}

// IntervalLine explains the intervals of the claims, given the blocks of the analyses and
// of the last one that was made.
func IntervalLine(analyses []int, made int) string {
	line := "Intervals are 90% intervals: each end is wrong with a chance of at most 5%."
	if len(analyses) < 2 {
		return line
	}
	at := strings.ReplaceAll(strings.Trim(fmt.Sprint(analyses), "[]"), " ", ", ")
	return line + fmt.Sprintf(" They are widened for %d interim analyses (Pocock's correction), which together err no more often than one. "+
		"The claims are tested after %s blocks. The first analysis that decides a claim closes it, and later blocks leave out variants that no open claim needs. "+
		"The last analysis was after %d.", len(analyses), at, made)
}

// BlocksOf is the number of blocks behind the claims: "3 to 5 blocks" if analyses decided
// some of them earlier.
func BlocksOf(v *verdict.Verdict) string {
	least := v.Blocks
	for _, c := range v.Claims {
		if c.DecidedAfter > 0 {
			least = min(least, c.DecidedAfter)
		}
	}
	return Range(least, v.Blocks, "block")
}

// ShowSummary prints a mean with its interval. An end below 0 is not cut off: it shows
// how widely the figures of few trials scatter.
func ShowSummary(s verdict.Summary) string {
	mean := s.Metric.Show(s.Mean)
	if s.Low == nil || s.High == nil {
		return mean
	}
	return fmt.Sprintf("%s (%s to %s)", mean, s.Metric.Show(*s.Low), s.Metric.Show(*s.High))
}

// Decisive is the first claim with the outcome of the run.
func Decisive(v *verdict.Verdict) (verdict.ClaimVerdict, bool) {
	for _, c := range v.Primary() {
		if c.Outcome == v.Outcome {
			return c, true
		}
	}
	return verdict.ClaimVerdict{}, false
}

// Count is "2 of 3 claims refuted", and the number of secondary claims of each outcome.
func Count(v *verdict.Verdict) string {
	all, outcome := v.Primary(), strings.ToLower(string(v.Outcome))
	return fmt.Sprintf("%d of %s %s%s", countOf(all, v.Outcome), Plural(len(all), "claim"), outcome, CountSecondary(v))
}

func countOf(claims []verdict.ClaimVerdict, o verdict.Outcome) (n int) {
	for _, c := range claims {
		if c.Outcome == o {
			n++
		}
	}
	return n
}

// CountSecondary is "; secondary: 1 proven, 2 refuted".
func CountSecondary(v *verdict.Verdict) string {
	var parts []string
	for _, o := range []verdict.Outcome{verdict.Proven, verdict.Refuted, verdict.Inconclusive, verdict.Invalid} {
		if n := countOf(v.Secondary(), o); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(string(o))))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; secondary: " + strings.Join(parts, ", ")
}

// Void describes a run of which no figure counts. Any other run has a heading only.
type Void struct {
	Run     string // in the heads of tables
	Why     string
	Heading string // over the reasons
}

// VoidOf describes the run.
func VoidOf(v *verdict.Verdict) Void {
	switch {
	case !v.Void:
		return Void{Heading: "What has no answer"}
	case v.Outcome == verdict.Failed:
		return Void{"a FAILED run", "the service failed", "What failed"}
	default:
		return Void{"an INVALID run", "the measurement broke", "What broke"}
	}
}

// Plural is "1 block", "6 blocks".
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Range is "3 to 6 blocks", "6 blocks".
func Range(least, most int, what string) string {
	if least == most {
		return Plural(most, what)
	}
	return fmt.Sprintf("%d to %s", least, Plural(most, what))
}

// Answer is the run in one line: the claim that decides it, and what was measured.
func Answer(v *verdict.Verdict) string {
	c, decided := Decisive(v)
	switch {
	case v.Void:
		return fmt.Sprintf("%s: %s, and no claim has an answer. The reasons are below.", v.Outcome, VoidOf(v).Why)
	case len(v.Primary()) == 0 && v.Attribution != nil:
		return largestEffect(v.Attribution)
	case len(v.Primary()) == 0:
		return "The scenario claims nothing. The figures are below."
	case !decided:
		return fmt.Sprintf("%s: %d of %s were measured.", v.Outcome, v.Blocks, Plural(v.Planned, "block"))
	}
	line := fmt.Sprintf("%s: “%s”: measured %s, claimed %s", v.Outcome, SentenceOf(c), MeasuredOf(c), c.ShowBound()+Missed(c))
	if len(v.Claims) > 1 {
		line += "; " + Count(v)
	}
	return line + "."
}

// IntervalName names an interval of a claim, a control or a table. Interim analyses
// together keep this level.
const IntervalName = "90% interval"

// MeasuredOf is the claim's estimate, what its ends are, and the ends: "45.1% (90%
// interval 44.1% to 46.0%)".
func MeasuredOf(c verdict.ClaimVerdict) string {
	if c.Low == nil || c.High == nil {
		return c.ShowEstimate()
	}
	if c.Count != nil {
		return c.ShowMeasured()
	}
	return fmt.Sprintf("%s (%s %s)", c.ShowEstimate(), IntervalName, c.ShowInterval())
}

// MoreBlocks says how many more blocks would decide an inconclusive claim, after what was
// claimed.
func MoreBlocks(c verdict.ClaimVerdict) string {
	if s := c.ShowMoreBlocks(); s != "" {
		return ", " + s
	}
	return ""
}

// ShowComparedChange prints the change from a claim's figure to another answer to the same
// question: the factor between what the two leave, or their difference.
func ShowComparedChange(from verdict.ClaimVerdict, e comparison.Effect) string {
	scale := comparison.Of(from.Comparison).Scale(from.Metric)
	if !scale.Factor {
		return showEffect(from.Metric, e)
	}
	what := ""
	if scale.Saves {
		what = " as much left"
	}
	if e.Low == e.High {
		return fmt.Sprintf("%.3f×%s (every block)", e.Change, what)
	}
	return fmt.Sprintf("%.3f×%s (%.3f to %.3f)", e.Change, what, e.Low, e.High)
}

package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/verdict"
)

// SentenceOf is the claim in its author's words, else in the scenario's.
func SentenceOf(c verdict.ClaimVerdict) string {
	if c.Statement != "" {
		return strings.Join(strings.Fields(c.Statement), " ")
	}
	return FigureOf(c) + ": " + c.ShowBound()
}

// FigureOf is what the claim was taken to mean: "reduction of memory.mean,
// after against before".
func FigureOf(c verdict.ClaimVerdict) string {
	if !c.Comparison.Facts().Baseline {
		return fmt.Sprintf("%s of %s", c.Metric, c.Variant)
	}
	return fmt.Sprintf("%s of %s, %s against %s", c.Comparison, c.Metric, c.Variant, c.Baseline)
}

// InsteadOf says of a refuted claim that there is no effect at all where the run sees
// none. What else is true in its place its interval says.
func InsteadOf(c verdict.ClaimVerdict) string {
	if c.Outcome == verdict.Refuted && c.ContainsNoEffect() {
		return "no effect that this run can see"
	}
	return ""
}

// levelOf names the interval by what all looks together amount to: the two ends
// of a 90% interval are the one-sided 95% bounds that a non-inferiority claim is
// decided by.
func levelOf(c verdict.ClaimVerdict) string {
	if c.Count != nil {
		return "trials"
	}
	if OneSided(c) {
		return "90% interval"
	}
	return "95% interval"
}

// OneSided says that the claim is decided by one end of its interval.
func OneSided(c verdict.ClaimVerdict) bool {
	return c.Count == nil && c.Comparison.Facts().OneSided
}

// LooksLine says what several looks do to the intervals.
func LooksLine(looks []int, made int) string {
	var at []string
	for _, n := range looks {
		at = append(at, strconv.Itoa(n))
	}
	return fmt.Sprintf("The claims are looked at after %s blocks, and the run ends with the first look that decides them all; this is the look after %d. Each look's intervals are wider (Pocock's), so that all looks together err no more often than one would.",
		strings.Join(at, ", "), made)
}

// ShowSummary prints a mean with the interval that was computed. An end below 0
// says that the figures of few trials scatter too widely for their mean to be known
// that well; cut off at 0, it would pass for one that is known.
func ShowSummary(s verdict.Summary) string {
	mean := s.Metric.Show(s.Mean)
	if s.Low == nil || s.High == nil {
		return mean
	}
	return fmt.Sprintf("%s (%s to %s)", mean, s.Metric.Show(*s.Low), s.Metric.Show(*s.High))
}

// Decisive is the claim that the outcome of all claims together rests on: the
// first that has that outcome.
func Decisive(v *verdict.Verdict) (verdict.ClaimVerdict, bool) {
	for _, c := range v.Primary() {
		if c.Outcome == v.Outcome {
			return c, true
		}
	}
	return verdict.ClaimVerdict{}, false
}

// Count is "1 of 3 claims is refuted", "all 3 claims are proven"; and of the
// secondary claims, how many have each answer.
func Count(v *verdict.Verdict) string {
	all, n := v.Primary(), 0
	for _, c := range all {
		if c.Outcome == v.Outcome {
			n++
		}
	}
	return counted(n, len(all), strings.ToLower(string(v.Outcome))) + CountSecondary(v)
}

func counted(n, all int, word string) string {
	switch {
	case all == 1:
		return "the claim is " + word
	case n == all:
		return fmt.Sprintf("all %d claims are %s", n, word)
	case n == 1:
		return fmt.Sprintf("1 of %d claims is %s", all, word)
	default:
		return fmt.Sprintf("%d of %d claims are %s", n, all, word)
	}
}

// CountSecondary is "; of 3 secondary 1 proven, 2 refuted".
func CountSecondary(v *verdict.Verdict) string {
	all := v.Secondary()
	if len(all) == 0 {
		return ""
	}
	var parts []string
	for _, o := range []verdict.Outcome{verdict.Proven, verdict.Refuted, verdict.Inconclusive, verdict.Invalid} {
		n := 0
		for _, c := range all {
			if c.Outcome == o {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(string(o))))
		}
	}
	return fmt.Sprintf("; of %d secondary %s", len(all), strings.Join(parts, ", "))
}

// WhyVoid says in words why no figure of the run counts.
func WhyVoid(v *verdict.Verdict) string {
	if v.Outcome == verdict.Failed {
		return "the service failed"
	}
	return "the measurement broke"
}

// OfVoid names a void run in the heads of tables: "an INVALID run"; empty for any other.
func OfVoid(v *verdict.Verdict) string {
	switch {
	case !v.Void:
		return ""
	case v.Outcome == verdict.Failed:
		return "a FAILED run"
	default:
		return "an INVALID run"
	}
}

// BrokenHead is the heading over the reasons.
func BrokenHead(v *verdict.Verdict) string {
	switch {
	case !v.Void:
		return "What has no answer"
	case v.Outcome == verdict.Failed:
		return "What failed"
	default:
		return "What broke"
	}
}

// Plural is "1 block", "6 blocks".
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Answer is the run in one line: the claim that decides it, in its author's
// words, and what was measured.
func Answer(v *verdict.Verdict) string {
	switch {
	case v.Void:
		return fmt.Sprintf("%s: %s, and no claim has an answer. The reasons stand below.", v.Outcome, WhyVoid(v))
	case len(v.Primary()) == 0 && v.Attribution != nil:
		return mostEarned(v.Attribution)
	case len(v.Primary()) == 0:
		return "The scenario claims nothing; what was measured stands below."
	}
	c, ok := Decisive(v)
	if !ok {
		return fmt.Sprintf("%s: %d of %s were measured.", v.Outcome, v.Blocks, Plural(v.Planned, "block"))
	}
	line := fmt.Sprintf("%s: “%s”: measured %s", v.Outcome, SentenceOf(c), c.ShowEstimate())
	if c.Low != nil && c.High != nil {
		line += fmt.Sprintf(" (%s %s)", levelOf(c), c.ShowInterval())
	}
	line += ", claimed " + c.ShowBound()
	if len(v.Claims) > 1 {
		line += "; " + Count(v)
	}
	return line + "."
}

// MoreBlocks says what would decide an inconclusive claim.
func MoreBlocks(c verdict.ClaimVerdict) string {
	if c.MoreBlocks == 0 {
		return ""
	}
	return ", about " + Plural(c.MoreBlocks, "more block") + " would tell"
}

// ShowComparedChange is a factor of what is left, "1.05× left", or a difference.
func ShowComparedChange(c verdict.ComparedClaim) string {
	if !c.Factor {
		return showEffect(c.A.Metric, c.Effect)
	}
	what := ""
	if comparison.Of(c.A.Comparison).Scale(c.A.Metric).Saves {
		what = " as much left"
	}
	return fmt.Sprintf("%.3f×%s (%.3f to %.3f)", c.Change, what, c.Low, c.High)
}

package view

import (
	"fmt"

	"github.com/memproof/memproof/bench/verdict"
)

// Remarks are what the reader must know beside the answer: amounts that are not as the
// scenario sets them, ranges that were missed, with the side, and other figures of memory
// by which the answer is another.
func Remarks(v *verdict.Verdict) (lines []string) {
	if v.Void {
		return nil
	}
	for _, c := range v.NotAsSet() {
		lines = append(lines, fmt.Sprintf("Not as set: “%s”: measured %s, set to be %s. Amounts of %s depend on that.",
			SentenceOf(c), MeasuredOf(c), c.ShowBound(), c.Metric))
	}
	decisive, _ := Decisive(v) // the answer has it
	for _, c := range v.Claims {
		if missed := c.Missed(); missed != "" && c.Outcome == verdict.Refuted && c.ID != decisive.ID {
			lines = append(lines, fmt.Sprintf("“%s” is refuted: %s, claimed %s: %s.", SentenceOf(c), MeasuredOf(c), c.ShowBound(), missed))
		}
	}
	if other := OtherFigures(v); other != "" {
		lines = append(lines, other)
	}
	return lines
}

// Missed is "; below the claimed range: less than promised" for a claim that missed its
// range; empty for any other.
func Missed(c verdict.ClaimVerdict) string {
	if missed := c.Missed(); missed != "" {
		return "; " + missed
	}
	return ""
}

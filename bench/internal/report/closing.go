package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/verdict"
)

// closingWidth is how many characters of a claim's sentence the terminal shows.
const closingWidth = 56

// Closing prints the lines that end a run on the terminal: one a claim, and last the
// outcome of the run. A void run has its reasons and no figures.
func Closing(w io.Writer, v *verdict.Verdict) error {
	return printTables(w, func(w io.Writer) {
		if !v.Void {
			closingClaims(w, v)
			closingControls(w, v)
			closingAttribution(w, v)
		}
		for _, why := range v.Disturbed {
			fmt.Fprintf(w, "  not counted, %s: %s\n", why.Scope(), why)
		}
		for _, why := range v.Notes {
			fmt.Fprintf(w, "  note: %s\n", why)
		}
		for _, why := range view.ReasonLines(v) {
			fmt.Fprintf(w, "  %s\n", why)
		}
		fmt.Fprintf(w, "%s: %s\n", v.Outcome, closingLine(v))
	})
}

// printTables prints lines to w. Cells that end in a tab are aligned with those of the
// lines next to them.
func printTables(w io.Writer, write func(io.Writer)) error {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	write(t)
	t.Flush() // writes to memory
	_, err := io.WriteString(w, printable.Text(text.String()))
	return err
}

func closingClaims(w io.Writer, v *verdict.Verdict) {
	for _, c := range v.Primary() {
		closingClaim(w, c)
	}
	if other := view.OtherFigures(v); other != "" {
		fmt.Fprintf(w, "  %s\n", other)
	}
	if all := v.Secondary(); len(all) > 0 {
		fmt.Fprintln(w, "  secondary claims, which do not change the outcome:")
		for _, c := range all {
			closingClaim(w, c)
		}
	}
	if all := v.Calibrated(); len(all) > 0 {
		fmt.Fprintln(w, "  set by the scenario, which proves nothing:")
		for _, c := range all {
			closingClaim(w, c)
		}
	}
}

func closingClaim(w io.Writer, c verdict.ClaimVerdict) {
	claimed := c.ShowBound() + view.Missed(c) + view.MoreBlocks(c)
	fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", c.Outcome, shortened(view.SentenceOf(c)), c.ShowMeasured(), claimed)
}

// closingControls counts the controls that hold, by arm.
func closingControls(w io.Writer, v *verdict.Verdict) {
	var arms, parts []string
	for _, c := range v.Controls {
		if slices.Contains(arms, c.Arm) {
			continue
		}
		all, count := 0, map[verdict.ControlOutcome]int{}
		for _, other := range v.Controls {
			if other.Arm == c.Arm {
				all++
				count[other.Outcome]++
			}
		}
		part := fmt.Sprintf("%s %d of %d", c.Arm, count[verdict.Holds], all)
		if n := count[verdict.TooNoisy]; n > 0 { // it withholds no claim, unlike a failed control
			part += fmt.Sprintf(" (%d too noisy)", n)
		}
		arms, parts = append(arms, c.Arm), append(parts, part)
	}
	if len(parts) > 0 {
		fmt.Fprintf(w, "  controls that hold: %s\n", strings.Join(parts, ", "))
	}
}

// closingAttribution prints a line a change.
func closingAttribution(w io.Writer, v *verdict.Verdict) {
	if v.Attribution == nil {
		return
	}
	for _, c := range v.Attribution.Causes {
		r := view.CauseOf(v.Attribution.Metric, c)
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", c.Name, r.Effect, r.Share, r.Check)
	}
	if v.Outcome == verdict.NothingClaimed { // the last line says it of claims
		fmt.Fprintf(w, "  in parentheses %ss\n", view.IntervalName)
	}
}

// shortened cuts a sentence to closingWidth.
func shortened(s string) string {
	r := []rune(s)
	if len(r) <= closingWidth {
		return s
	}
	return string(r[:closingWidth-1]) + "…"
}

func closingLine(v *verdict.Verdict) string {
	_, decided := view.Decisive(v)
	switch {
	case v.Void:
		return view.VoidOf(v).Why + "; no claim has an answer"
	case v.Outcome == verdict.NothingClaimed:
		return fmt.Sprintf("nothing is claimed%s, over %s", view.CountSecondary(v), view.Plural(v.Blocks, "block"))
	case !decided:
		return fmt.Sprintf("%d of %s were measured", v.Blocks, view.Plural(v.Planned, "block"))
	default:
		return fmt.Sprintf("%s, over %s (in parentheses %ss)", view.Count(v), view.BlocksOf(v), view.IntervalName)
	}
}

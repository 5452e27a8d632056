package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/verdict"
)

// closingWidth is how many characters of a claim's sentence the terminal gets;
// the report has all of it.
const closingWidth = 56

// Closing is the lines that end a run on the terminal: one a claim, and last
// the outcome of all together. A void run gets the reasons and no figures.
func Closing(w io.Writer, v *verdict.Verdict) error {
	b := &errWriter{w: printable.Writer(w)}
	if !v.Void {
		closingClaims(b, v)
		closingControls(b, v)
		closingAttribution(b, v)
	}
	for _, why := range v.Disturbed {
		fmt.Fprintf(b, "  not counted, %s: %s\n", why.Scope(), why)
	}
	for _, why := range v.Notes {
		fmt.Fprintf(b, "  note: %s\n", why)
	}
	for _, why := range view.ReasonLines(v) {
		fmt.Fprintf(b, "  %s\n", why)
	}
	fmt.Fprintf(b, "%s: %s\n", v.Outcome, closingLine(v))
	return b.err
}

func closingClaims(w io.Writer, v *verdict.Verdict) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range v.Primary() {
		closingClaim(t, c)
	}
	t.Flush() // w keeps the error
	if all := v.Secondary(); len(all) > 0 {
		fmt.Fprintln(w, "  secondary, which do not decide:")
		for _, c := range all {
			closingClaim(t, c)
		}
		t.Flush()
	}
}

func closingClaim(w io.Writer, c verdict.ClaimVerdict) {
	fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", c.Outcome, shortened(view.SentenceOf(c), closingWidth), c.ShowMeasured(), c.ShowBound()+view.MoreBlocks(c))
}

// closingControls says in one line that the instrument proved itself, or of a
// run that is not over what does not hold yet.
func closingControls(w io.Writer, v *verdict.Verdict) {
	if len(v.Controls) == 0 {
		return
	}
	var arms []string
	holds, noisy, all := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range v.Controls {
		if all[c.Arm]++; all[c.Arm] == 1 {
			arms = append(arms, c.Arm)
		}
		switch c.Outcome {
		case verdict.Holds:
			holds[c.Arm]++
		case verdict.TooNoisy: // it takes nothing away, and would look as if it did
			noisy[c.Arm]++
		}
	}
	for i, arm := range arms {
		arms[i] = fmt.Sprintf("%s %d of %d", arm, holds[arm], all[arm])
		if n := noisy[arm]; n > 0 {
			arms[i] += fmt.Sprintf(" (%d too noisy)", n)
		}
	}
	fmt.Fprintf(w, "  controls that hold: %s\n", strings.Join(arms, ", "))
}

// closingAttribution is a line a change: what it earned.
func closingAttribution(w io.Writer, v *verdict.Verdict) {
	if v.Attribution == nil {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range v.Attribution.Causes {
		r := view.CauseOf(v.Attribution.Metric, c)
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", c.Name, r.Shapley, r.Share, r.Seen)
	}
	t.Flush() // w keeps the error
}

func shortened(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}

func closingLine(v *verdict.Verdict) string {
	switch {
	case v.Void:
		return view.WhyVoid(v) + "; no claim has an answer"
	case v.Outcome == verdict.NothingClaimed:
		return fmt.Sprintf("nothing is claimed%s, over %s", view.CountSecondary(v), view.Plural(v.Blocks, "block"))
	}
	if _, ok := view.Decisive(v); !ok {
		return fmt.Sprintf("%d of %s were measured", v.Blocks, view.Plural(v.Planned, "block"))
	}
	return fmt.Sprintf("%s, over %s", view.Count(v), view.Plural(v.Blocks, "block"))
}

// errWriter keeps the first error, so that it is looked at once.
type errWriter struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (e *errWriter) Write(p []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	n, err := e.w.Write(p)
	e.err = err
	return n, err
}

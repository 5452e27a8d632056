package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/memproof/memproof/bench/internal/printable"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/verdict"
)

// Comparison prints two runs side by side, a line a claim that they share.
func Comparison(w io.Writer, c *verdict.Compared) error {
	b := &errWriter{w: printable.Writer(w)}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  claim\tA\tB\tB against A, 95%%\t\n")
	for _, claim := range c.Claims {
		word := "no difference shown"
		if claim.Differ {
			word = "they differ"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", shortened(view.SentenceOf(claim.A), closingWidth), claim.A.ShowMeasured(), claim.B.ShowMeasured(), view.ShowComparedChange(claim), word)
	}
	t.Flush() // b keeps the error
	if c.Apart != "" {
		fmt.Fprintf(b, "  %s\n", c.Apart)
	}
	for _, line := range c.Builds {
		fmt.Fprintf(b, "  %s\n", line)
	}
	if len(c.Relative) > 0 {
		fmt.Fprintln(b, "  only what each run compares within itself is set side by side, as the machines differ:")
	}
	for _, why := range c.Relative {
		fmt.Fprintf(b, "    %s\n", why)
	}
	return b.err
}

package report

import (
	"fmt"
	"io"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/study"
)

// Comparison prints two runs or studies next to each other, a line a claim that they
// share, and what the intervals include.
func Comparison(w io.Writer, c *study.Compared) error {
	return printTables(w, func(w io.Writer) {
		fmt.Fprintf(w, "  claim\tA\tB\tchange from A to B, %.4g%% interval\t\n", 100*comparison.Level)
		for _, claim := range c.Claims {
			word := "no difference shown"
			if claim.Differ {
				word = "they differ"
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", shortened(view.SentenceOf(claim.A)),
				claim.A.ShowMeasured(), claim.B.ShowMeasured(), view.ShowComparedChange(claim.A, claim.Effect), word)
		}
		for _, line := range view.ComparedRuns(c) {
			fmt.Fprintf(w, "  %s\n", line)
		}
		if c.Apart != "" {
			fmt.Fprintf(w, "  %s\n", c.Apart)
		}
		for _, line := range c.Builds {
			fmt.Fprintf(w, "  %s\n", line)
		}
		if len(c.Relative) > 0 {
			fmt.Fprintln(w, "  only comparisons within each run are shown, because the machines differ:")
		}
		for _, why := range c.Relative {
			fmt.Fprintf(w, "    %s\n", why)
		}
	})
}

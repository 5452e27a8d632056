package markdown

import (
	"fmt"

	"github.com/memproof/memproof/bench/verdict"
)

// controlRow is a control and its result.
type controlRow struct{ Arm, Figure, Expected, Measured, Interval, Outcome string }

func controlTable(controls []verdict.ControlVerdict) (rows []controlRow) {
	for _, c := range controls {
		r := controlRow{
			Arm: c.Arm, Figure: fmt.Sprintf("%s of %s", c.Comparison, c.Metric), Expected: "no effect",
			Measured: c.ShowEstimate(), Outcome: string(c.Outcome),
		}
		if c.Estimate != nil {
			r.Interval = c.ShowInterval()
		}
		if c.Known != nil {
			r.Expected = c.Show(*c.Known)
		}
		if c.InWindow != nil {
			r.Measured += fmt.Sprintf(" (in the window %s)", c.Show(*c.InWindow))
		}
		switch {
		case c.Outcome != verdict.Holds:
			r.Outcome = "**" + r.Outcome + "**"
		case c.Biased:
			r.Outcome += ": a bias that changes no answer"
		}
		rows = append(rows, r)
	}
	return rows
}

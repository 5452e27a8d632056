package markdown

import (
	"fmt"

	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// controlRow is a control and what it showed.
type controlRow struct{ Arm, Compares, Expected, Measured, Interval, Answer string }

func controlTable(controls []verdict.ControlVerdict) (rows []controlRow) {
	for _, c := range controls {
		r := controlRow{Arm: c.Arm, Compares: fmt.Sprintf("%s of %s", c.Comparison, c.Metric), Measured: "not measured", Answer: string(c.Outcome)}
		if c.Estimate != nil {
			r.Measured, r.Interval = c.ShowEstimate(), c.ShowInterval()
		}
		switch {
		case c.Outcome != verdict.Holds:
			r.Answer = "**" + r.Answer + "**"
		case c.Arm == scenario.AAArm && !c.ContainsNoEffect():
			r.Answer += ": a bias too small to matter"
		}
		if c.Known != nil {
			r.Expected = c.Show(*c.Known)
			if c.InWindow != nil {
				r.Measured += fmt.Sprintf(" (in the window %s)", c.Show(*c.InWindow))
			}
		} else {
			r.Expected = "no effect"
		}
		rows = append(rows, r)
	}
	return rows
}

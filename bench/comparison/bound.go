package comparison

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/metric"
)

// End is one end of a claim's range.
type End struct {
	metric.Quantity
	Text string // as it is written in the scenario
}

func (e End) isPercentage() bool { return metric.IsPercentage(e.Text) }

// checkFigure describes what is wrong with an end in the metric's own unit; empty if it is
// valid.
func (e End) checkFigure(kind Name, m metric.Name) string {
	switch {
	case e.Value == 0 && e.Unit == metric.UnitNumber:
	case e.Unit != m.Unit().Written():
		return fmt.Sprintf("wrong unit: a %s of %s is in %s%s", kind, m, m.Unit().Wants(), m.Per())
	case m.IsErrors() && !e.isPercentage():
		return fmt.Sprintf("%s is ambiguous: write %s or %s of all requests", e.Text, metric.Percentage(100*e.Value), metric.Percentage(e.Value))
	case m.IsErrors() && math.Abs(e.Value) > 1:
		return e.Text + " is more than all requests: want at most 100%"
	case m.IsCount() && e.isPercentage():
		return fmt.Sprintf("%s is a count: want a plain number, not a percentage", m)
	}
	return ""
}

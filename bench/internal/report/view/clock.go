package view

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// clockFacts tell by what the samples were put into phases, and how far apart
// the clocks were; none of a run from before arrivals were noted.
func clockFacts(run *record.Run) []Fact {
	low, high, unsteady := math.Inf(1), math.Inf(-1), 0.0
	by := map[string]int{}
	for _, t := range run.Trials {
		if c := t.Clock; c != nil {
			low, high, unsteady = min(low, c.Offset), max(high, c.Offset), max(unsteady, c.Unsteady)
			by[c.By]++
		}
	}
	if len(by) == 0 {
		return nil
	}
	line := fmt.Sprintf("%s; the generator's wall clock was ahead of theirs by %s to %s, and moved against it by at most %s in a trial",
		clocksLine(by), seconds(low), seconds(high), seconds(unsteady))
	return []Fact{{"clock of the samples", line}}
}

// clocksLine names the clock, and says of how many trials where there are two.
func clocksLine(by map[string]int) string {
	boot, wall := by[record.ByBoottime], by[record.ByWall]
	switch {
	case wall == 0:
		return record.ByBoottime
	case boot == 0:
		return record.ByWall
	default:
		return fmt.Sprintf("%s (%s), %s (%s)", record.ByBoottime, Plural(boot, "trial"), record.ByWall, Plural(wall, "trial"))
	}
}

func seconds(x float64) string { return metric.FormatValue(x, metric.UnitSeconds) }

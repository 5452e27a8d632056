package view

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// clockFacts name the clocks that the samples were put into phases by, and how far they
// were from the generator's. A run without such clocks has no facts.
func clockFacts(run *record.Run) []Fact {
	low, high, drift := math.Inf(1), math.Inf(-1), 0.0
	trials := map[string]int{} // by clock
	for _, t := range run.Trials {
		if c := t.Clock; c != nil {
			low, high, drift = min(low, c.Offset), max(high, c.Offset), max(drift, c.Unsteady)
			trials[c.By]++
		}
	}
	if len(trials) == 0 {
		return nil
	}
	var clocks []string
	for _, name := range slices.Sorted(maps.Keys(trials)) {
		clocks = append(clocks, fmt.Sprintf("%s (%s)", name, Plural(trials[name], "trial")))
	}
	line := fmt.Sprintf("%s; the generator's wall clock was %s to %s ahead of theirs, and drifted by at most %s in a trial",
		strings.Join(clocks, ", "), seconds(low), seconds(high), seconds(drift))
	return []Fact{{"clock of the samples", line}}
}

func seconds(x float64) string { return metric.FormatValue(x, metric.UnitSeconds) }

package verdict

import (
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// addNull adds an A/A control on the attribution's metric, unless a claim already asks
// for one. Its margin is the total effect.
func addAAControl(a *scenario.Attribution, valid []measure.Block, asked []*control) []*control {
	if a == nil || slices.ContainsFunc(asked, func(c *control) bool { return c.Metric == a.Metric && c.Comparison == comparison.OfWhole }) {
		return asked
	}
	none, all := measure.Figures(valid, scenario.NoCauses, a.Metric), measure.Figures(valid, scenario.AllCauses, a.Metric)
	margin := math.Abs(math.Log(stats.Mean(all) / stats.Mean(none)))
	if !(margin > 0) || math.IsInf(margin, 0) { // no effect to divide, or none measured
		return asked
	}
	c := &control{ControlVerdict: ControlVerdict{Arm: scenario.AAArm, Metric: a.Metric, Comparison: comparison.OfWhole}, margin: margin}
	c.Margin = c.effect()
	return append(asked, c)
}

// designOf collects the metric of every combination in every block.
func designOf(a *scenario.Attribution, valid []measure.Block, m metric.Name) (design, error) {
	var rows [][]float64
	for _, b := range valid {
		var row []float64
		for _, c := range a.Combinations() {
			name := a.Name(c)
			x, ok := b[name].Figures[m]
			if !ok {
				return nil, fmt.Errorf("%s of %s was not measured: %s", m, name, b[name].Absent[m])
			}
			row = append(row, x)
		}
		rows = append(rows, row)
	}
	if a.Design == scenario.OneAtATime {
		return stats.NewEnds(rows)
	}
	return stats.NewFactorial(rows)
}

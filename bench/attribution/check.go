package attribution

import (
	"fmt"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// checkManipulation reports whether the cause moved its metric: over all combinations, and
// in the two that Alone and OnTopOfOthers compare. A change may need another one to act.
// Recycling after 500 requests does nothing to five workers that answer 400 each; of three
// workers each answers more.
func (c *Cause) checkManipulation(a *scenario.Attribution, i int, valid []measure.Block) {
	d, err := designOf(a, valid, c.ManipulationCheck)
	if err != nil {
		c.Because = err.Error()
		return
	}
	var sum [2]float64
	for _, combination := range a.Combinations() {
		to := 0
		if combination.Has(i) {
			to = 1
		}
		sum[to] += stats.Mean(measure.Figures(valid, a.Name(combination), c.ManipulationCheck))
	}
	half := float64(len(a.Combinations())) / 2
	c.FigureWithout, c.FigureWith = sum[0]/half, sum[1]/half
	c.Because = c.notMoved("", comparison.EffectOf(d.MainEffect(i, comparison.Level)), c.FigureWithout)
	if c.Moved = c.Because == ""; !c.Moved {
		return
	}
	alone, last := comparison.EffectOf(d.FirstIn(i, comparison.Level)), comparison.EffectOf(d.LastIn(i, comparison.Level))
	figure := func(arm string) float64 { return stats.Mean(measure.Figures(valid, arm, c.ManipulationCheck)) }
	c.AloneNotRun = c.notMoved(" alone", alone, figure(scenario.NoCauses))
	c.OnTopNotRun = c.notMoved(" on top of the others", last, figure(scenario.AllCauses)-last.Change)
}

// notMoved says that the cause's metric did not change there, from that figure; it is empty
// if it did.
func (c *Cause) notMoved(there string, e comparison.Effect, from float64) string {
	if e.ClearOfZero() {
		return ""
	}
	show := func(x float64) string { return metric.FormatValue(x, c.ManipulationCheck.Unit()) }
	return fmt.Sprintf("it did not move %s%s: %s without it, %s with it", c.ManipulationCheck, there, show(from), show(from+e.Change))
}

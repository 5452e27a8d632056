package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// NotRun is what a change is called that did not move what it must.
const NotRun = "NOT RUN"

// Attribution is what the report says of who earned the effect.
type Attribution struct {
	Metric       string
	Bounds       bool // the ends of the design alone were run
	Total        string
	Blocks       string
	Rows         []Cause
	Interactions []string
	NotRun       []string
	Combinations []combination
	Causes       []string
}

// Cause is one change.
type Cause struct{ Name, Statement, Shapley, Share, First, Last, Seen string }

// combination is a variant of the design: which changes it has, and its figure.
type combination struct {
	Marks  []string // a tick for each change that it has
	Figure string
}

// AttributionOf is nil where the verdict has no attribution.
func AttributionOf(m Material) *Attribution {
	a := m.Verdict.Attribution
	if a == nil {
		return nil
	}
	out := &Attribution{
		Metric: string(a.Metric), Bounds: m.Run.Scenario.Attribution.Design == scenario.OneAtATime, Blocks: Plural(len(a.Blocks), "block"),
		Total:        fmt.Sprintf("%s to %s: %s", a.Metric.Show(a.None), a.Metric.Show(a.All), showEffect(a.Metric, a.Total)),
		Interactions: interactionLines(a), Combinations: combinationsOf(m),
	}
	for _, c := range a.Causes {
		out.Causes = append(out.Causes, c.Name)
		out.Rows = append(out.Rows, CauseOf(a.Metric, c))
		if !c.Moved {
			out.NotRun = append(out.NotRun, fmt.Sprintf("%s is %s: %s. That is not \"no effect\"; what it seems to have earned is noise.", c.Name, NotRun, c.Because))
		}
	}
	return out
}

// CauseOf is the row of one change.
func CauseOf(m metric.Name, c verdict.CauseVerdict) Cause {
	r := Cause{
		Name: c.Name, Statement: c.Statement, Shapley: showBounds(m, c), Share: "unbounded",
		First: showEffect(m, c.Alone), Last: showEffect(m, c.OnTopOfOthers),
		Seen: fmt.Sprintf("%s %s → %s", c.ManipulationCheck, c.ManipulationCheck.Show(c.FigureWithout), c.ManipulationCheck.Show(c.FigureWith)),
	}
	if c.Shapley != nil {
		r.Shapley = showEffect(m, *c.Shapley)
	}
	if c.Share != nil {
		r.Share = fmt.Sprintf("%s (%s to %s)", metric.ShowShare(c.Share.Change), metric.ShowShare(c.Share.Low), metric.ShowShare(c.Share.High))
	}
	if c.Shapley == nil {
		r.Share = ""
	}
	if !c.Moved {
		r.Share = NotRun
	}
	return r
}

// showBounds is what the cause did first and last.
func showBounds(m metric.Name, c verdict.CauseVerdict) string {
	least, most := c.Alone.Change, c.OnTopOfOthers.Change
	if math.Abs(least) > math.Abs(most) {
		least, most = most, least
	}
	return fmt.Sprintf("between %s and %s", ShowChange(m, least), ShowChange(m, most)+m.Per())
}

// mostEarned is the attribution in one line.
func mostEarned(a *verdict.AttributionVerdict) string {
	most := slices.MaxFunc(a.Causes, func(x, y verdict.CauseVerdict) int {
		return cmp.Compare(math.Abs(middle(x)), math.Abs(middle(y)))
	})
	return fmt.Sprintf("%s went from %s to %s, and most of it is due to %s: %s.", a.Metric, a.Metric.Show(a.None), a.Metric.Show(a.All),
		most.Name, CauseOf(a.Metric, most).Shapley)
}

// middle is what ranks the causes.
func middle(c verdict.CauseVerdict) float64 {
	if c.Shapley != nil {
		return c.Shapley.Change
	}
	return (c.Alone.Change + c.OnTopOfOthers.Change) / 2
}

// showEffect prints a change with its sign.
func showEffect(m metric.Name, e verdict.Effect) string {
	return fmt.Sprintf("%s (%s to %s)%s", ShowChange(m, e.Change), ShowChange(m, e.Low), ShowChange(m, e.High), m.Per())
}

// ShowChange prints a figure with its sign.
func ShowChange(m metric.Name, x float64) string {
	switch {
	case x > 0:
		return "+" + m.Show(x)
	case x < 0:
		return "−" + m.Show(-x)
	default:
		return m.Show(0)
	}
}

// interactionLines are those that are clear of zero, the largest first.
func interactionLines(a *verdict.AttributionVerdict) (lines []string) {
	clear := slices.DeleteFunc(slices.Clone(a.Interactions), func(i verdict.InteractionVerdict) bool { return !i.Effect.ClearOfZero() })
	slices.SortFunc(clear, func(x, y verdict.InteractionVerdict) int {
		return cmp.Compare(math.Abs(y.Effect.Change), math.Abs(x.Effect.Change))
	})
	for _, i := range clear {
		lines = append(lines, fmt.Sprintf("%s and %s: %s", i.A, i.B, showEffect(a.Metric, i.Effect)))
	}
	return lines
}

// combinationsOf are the design's variants with the metric's mean over the blocks
// that the attribution rests on.
func combinationsOf(m Material) (all []combination) {
	a := m.Run.Scenario.Attribution
	for n, v := range m.Run.Scenario.Variants {
		var c combination
		for i := range a.Causes {
			mark := ""
			if a.Has(n, i) {
				mark = "✓"
			}
			c.Marks = append(c.Marks, mark)
		}
		c.Figure = a.Metric.Show(combinationMean(m.Verdict, v.Name))
		all = append(all, c)
	}
	return all
}

func combinationMean(v *verdict.Verdict, variant string) float64 {
	var xs []float64
	for _, t := range v.CountedTrials() {
		if t.Variant == variant && slices.Contains(v.Attribution.Blocks, t.Block) {
			xs = append(xs, t.Figures[v.Attribution.Metric])
		}
	}
	return stats.Mean(xs)
}

package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/attribution"
	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// NotRun marks a change that was not made: its manipulation check did not move.
const NotRun = "NOT RUN"

// Attribution is the effect of each change.
type Attribution struct {
	Metric       string
	Bounds       bool // from one_at_a_time: bounds of the effects, not the effects
	Total        string
	Blocks       string
	Rows         []Cause
	Pairs        int      // of changes whose interaction was tested
	Interactions []string // that are clear of 0
	NotRun       []string
	Combinations []combination
	Causes       []string
}

// Cause is the row of one change.
type Cause struct{ Name, Statement, Effect, Share, Alone, OnTop, Check string }

// combination is a variant of the design: its changes, and its figure.
type combination struct {
	Marks  []string // a tick for each change that it has
	Figure string
}

// AttributionOf is nil if the verdict has no attribution.
func AttributionOf(m Material) *Attribution {
	a := m.Verdict.Attribution
	if a == nil {
		return nil
	}
	out := &Attribution{
		Metric: string(a.Metric), Blocks: Plural(len(a.Blocks), "block"),
		Bounds: m.Run.Scenario.Attribution.Design == scenario.OneAtATime,
		Total:  fmt.Sprintf("%s to %s: %s", a.Metric.Show(a.None), a.Metric.Show(a.All), showEffect(a.Metric, a.Total)),
		Pairs:  len(a.Interactions), Interactions: interactionLines(a), Combinations: combinationsOf(m),
	}
	for _, c := range a.Causes {
		out.Causes = append(out.Causes, c.Name)
		out.Rows = append(out.Rows, CauseOf(a.Metric, c))
		out.NotRun = append(out.NotRun, notRunLines(c)...)
	}
	return out
}

func notRunLines(c attribution.Cause) (lines []string) {
	if !c.Moved {
		return []string{fmt.Sprintf("%s is %s: %s. The change was not made, so its effect is unknown.", c.Name, NotRun, c.Because)}
	}
	for _, why := range []string{c.AloneNotRun, c.OnTopNotRun} {
		if why != "" {
			lines = append(lines, fmt.Sprintf("%s is partly %s: %s.", c.Name, NotRun, why))
		}
	}
	return lines
}

// CauseOf is the row of one change.
func CauseOf(m metric.Name, c attribution.Cause) Cause {
	check := c.ManipulationCheck
	r := Cause{
		Name: c.Name, Statement: c.Statement, Effect: showBounds(m, c),
		Alone: showEffect(m, c.Alone), OnTop: showEffect(m, c.OnTopOfOthers),
		Check: fmt.Sprintf("%s %s → %s", check, check.Show(c.FigureWithout), check.Show(c.FigureWith)),
	}
	if c.Shapley != nil {
		r.Effect, r.Share = showEffect(m, *c.Shapley), "unbounded"
	}
	if c.Share != nil {
		r.Share = withRange(metric.ShowShare, "", *c.Share)
	}
	if !c.Moved {
		r.Share = NotRun
	}
	if c.AloneNotRun != "" {
		r.Alone = NotRun
	}
	if c.OnTopNotRun != "" {
		r.OnTop = NotRun
	}
	return r
}

// showBounds prints the effect alone and on top of the others, the smaller first.
func showBounds(m metric.Name, c attribution.Cause) string {
	least, most := c.Alone.Change, c.OnTopOfOthers.Change
	if math.Abs(least) > math.Abs(most) {
		least, most = most, least
	}
	return fmt.Sprintf("between %s and %s", ShowChange(m, least), ShowChange(m, most)+m.Per())
}

// largestEffect is the attribution in one line. It says no more than the intervals do: that
// most is due to a change if its share is surely above a half, and that its effect is the
// largest if it is surely ahead of each other one.
func largestEffect(a *attribution.Attribution) string {
	went := fmt.Sprintf("%s went from %s to %s", a.Metric, a.Metric.Show(a.None), a.Metric.Show(a.All))
	lead := a.Lead
	switch {
	case !a.Total.ClearOfZero():
		return fmt.Sprintf("%s, which may be chance: %s.", went, withLevel(a.Metric, a.Total))
	case lead == nil:
		return went + ", and no change was made: none moved its manipulation check."
	}
	first := causeNamed(a, lead.Cause)
	switch {
	case first.Share != nil && first.Share.Low > 0.5:
		return fmt.Sprintf("%s, and most of it is due to %s: %s.", went, first.Name, effectOf(a, first))
	case !lead.Clear():
		second := causeNamed(a, lead.Over)
		return fmt.Sprintf("%s. The effects of %s (%s) and %s (%s) are too close to say which is larger.",
			went, first.Name, effectOf(a, first), second.Name, effectOf(a, second))
	case lead.Effect == nil:
		return fmt.Sprintf("%s. The effect of %s is %s.", went, first.Name, effectOf(a, first))
	default:
		ahead := fmt.Sprintf("%s (%s) more than that of %s", a.Metric.Show(math.Abs(lead.Effect.Change)), aheadRange(a, *lead.Effect), lead.Over)
		return fmt.Sprintf("%s. The effect of %s is the largest: %s, %s.", went, first.Name, effectOf(a, first), ahead)
	}
}

func causeNamed(a *attribution.Attribution, name string) attribution.Cause {
	return a.Causes[slices.IndexFunc(a.Causes, func(c attribution.Cause) bool { return c.Name == name })]
}

// effectOf is a change's effect with the level of its interval, or its bounds.
func effectOf(a *attribution.Attribution, c attribution.Cause) string {
	if c.Shapley == nil {
		return showBounds(a.Metric, c)
	}
	return withLevel(a.Metric, *c.Shapley)
}

func withLevel(m metric.Name, e comparison.Effect) string {
	return withRange(func(x float64) string { return ShowChange(m, x) }, IntervalName+" ", e) + m.Per()
}

// aheadRange is the range of a lead, without its sign.
func aheadRange(a *attribution.Attribution, e comparison.Effect) string {
	if e.Low == e.High {
		return "every block"
	}
	low, high := math.Abs(e.Low), math.Abs(e.High)
	return fmt.Sprintf("%s to %s", a.Metric.Show(min(low, high)), a.Metric.Show(max(low, high)))
}

// showEffect prints a change with its sign.
func showEffect(m metric.Name, e comparison.Effect) string {
	return withRange(func(x float64) string { return ShowChange(m, x) }, "", e) + m.Per()
}

// withRange prints a change, the name of its interval and the interval. Without scatter
// there is none, and every block shows the change.
func withRange(show func(float64) string, name string, e comparison.Effect) string {
	if e.Low == e.High {
		return show(e.Change) + " (every block)"
	}
	return fmt.Sprintf("%s (%s%s to %s)", show(e.Change), name, show(e.Low), show(e.High))
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

// interactionLines are the interactions that are clear of 0, the largest first.
func interactionLines(a *attribution.Attribution) (lines []string) {
	bySize := func(x, y attribution.Interaction) int {
		return cmp.Compare(math.Abs(y.Effect.Change), math.Abs(x.Effect.Change))
	}
	for _, i := range slices.SortedFunc(slices.Values(a.Interactions), bySize) {
		if i.ClearOfZero() {
			lines = append(lines, fmt.Sprintf("%s and %s: %s", i.A, i.B, showEffect(a.Metric, i.Effect)))
		}
	}
	return lines
}

// combinationsOf are the design's variants with the metric's mean over the blocks of the
// attribution.
func combinationsOf(m Material) (all []combination) {
	a := m.Run.Scenario.Attribution
	for n, v := range m.Run.Scenario.Variants {
		c := combination{Marks: make([]string, len(a.Causes))}
		for i := range a.Causes {
			if a.Has(n, i) {
				c.Marks[i] = "✓"
			}
		}
		var xs []float64
		for _, t := range m.Verdict.CountedTrials() {
			if t.Variant == v.Name && slices.Contains(m.Verdict.Attribution.Blocks, t.Block) {
				xs = append(xs, t.Figures[a.Metric])
			}
		}
		c.Figure = a.Metric.Show(stats.Mean(xs))
		all = append(all, c)
	}
	return all
}

package bench

import (
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
)

// AttributionVerdict shares the effect of all causes out among them. Figures are
// changes, in the metric's unit: below 0 where the causes save.
type AttributionVerdict struct {
	Metric Metric  `json:"metric"`
	Blocks []int   `json:"blocks"` // numbers of those that it rests on
	None   float64 `json:"none"`   // mean without any cause
	All    float64 `json:"all"`    // mean with all of them
	Total  Effect  `json:"total"`

	Causes       []CauseVerdict       `json:"causes"`
	Interactions []InteractionVerdict `json:"interactions,omitempty"`
}

// Effect is a change with its two-sided 95% interval.
type Effect struct {
	Change float64 `json:"change"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// ClearOfZero says that the interval excludes no change.
func (e Effect) ClearOfZero() bool { return e.Low > 0 || e.High < 0 }

// CauseVerdict is what one cause did.
type CauseVerdict struct {
	Name string `json:"name"`
	Says string `json:"says,omitempty"`

	// Earned is the cause's Shapley value: the mean over all orders in which the
	// causes can be switched on. Over the causes it adds up to the total. nil where
	// the ends of the design alone were run: then FirstIn and LastIn bound it, as
	// long as the other causes only hinder it or only help.
	Earned *Effect `json:"earned,omitempty"`
	// Share is Earned over the total, 0.3 is 30%; nil where the total may be 0.
	Share   *Effect `json:"share,omitempty"`
	FirstIn Effect  `json:"first_in"`       // the cause alone, against none
	LastIn  Effect  `json:"last_in"`        // the cause on top of all others
	Main    *Effect `json:"main,omitempty"` // the mean over all combinations of the others

	// Acted says that the figure which the cause must move did. Where it did not,
	// the cause is NOT RUN, and what it seems to have earned is noise.
	Acted   bool    `json:"acted"`
	Moves   Metric  `json:"moves"`
	Without float64 `json:"without"` // the figure's mean over the combinations without the cause
	With    float64 `json:"with"`    // and with it
	Because string  `json:"because,omitempty"`
}

// InteractionVerdict is half of what one cause's effect gains by another's being
// switched on. Where both save, above 0 means that they save in the same place.
type InteractionVerdict struct {
	A      string `json:"a"`
	B      string `json:"b"`
	Effect Effect `json:"effect"`
}

// design is what is asked of either design.
type design interface {
	Total(level float64) stats.Estimate
	FirstIn(cause int, level float64) stats.Estimate
	LastIn(cause int, level float64) stats.Estimate
	MainEffect(cause int, level float64) stats.Estimate
}

// attributionLevel is that of its two-sided intervals.
const attributionLevel = 0.95

// attribute shares the effect out. Reasons tell why it could not.
func (v *Verdict) attribute(sc *Scenario) {
	a := sc.Attribution
	if a == nil || v.Void {
		return
	}
	if _, withheld := v.withheldBy(a.Metric); withheld {
		v.Void = true
		return
	}
	valid := v.counted(a.Metric, a.arms()...)
	if len(valid) < 2 {
		return
	}
	d, err := a.design(valid, a.Metric)
	if err != nil {
		v.Void = true
		v.Reasons = append(v.Reasons, because(AttributionOpen, []Pattern{Pattern(a.Metric)}, "attribution: %v", err))
		return
	}
	out := &AttributionVerdict{
		Metric: a.Metric, Blocks: numbers(valid), Total: effect(d.Total(attributionLevel)),
		None: stats.Mean(figures(valid, NoCauses, a.Metric)), All: stats.Mean(figures(valid, AllCauses, a.Metric)),
	}
	for i, c := range a.Causes {
		out.Causes = append(out.Causes, c.verdict(a, d, i, v.counted(c.Moves, a.arms()...)))
	}
	if full, ok := d.(*stats.Factorial); ok {
		out.share(full, a.Causes)
	}
	v.Attribution = out
}

// share adds what only all combinations tell.
func (v *AttributionVerdict) share(d *stats.Factorial, causes []Cause) {
	for i := range causes {
		c := &v.Causes[i]
		earned, main := effect(d.Shapley(i, attributionLevel)), effect(d.MainEffect(i, attributionLevel))
		c.Earned, c.Main = &earned, &main
		if share, ok := d.ShapleyShare(i, attributionLevel); ok {
			e := effect(share)
			c.Share = &e
		}
		for j := range i {
			v.Interactions = append(v.Interactions, InteractionVerdict{
				A: causes[j].Name, B: causes[i].Name, Effect: effect(d.Interaction(j, i, attributionLevel)),
			})
		}
	}
}

// null adds what NULL is asked for an attribution, where no claim asks the same:
// an effect that matters is one as large as what is shared out.
func (a *Attribution) null(valid []block, asked []*control) []*control {
	if a == nil || slices.ContainsFunc(asked, func(c *control) bool { return c.Metric == a.Metric && c.Comparison == Reduction }) {
		return asked
	}
	none, all := figures(valid, NoCauses, a.Metric), figures(valid, AllCauses, a.Metric)
	margin := math.Abs(math.Log(stats.Mean(all) / stats.Mean(none)))
	if !(margin > 0) || math.IsInf(margin, 0) { // nothing to share out, or nothing measured
		return asked
	}
	c := &control{ControlVerdict: ControlVerdict{Arm: NullArm, Metric: a.Metric, Comparison: Reduction}, margin: margin}
	c.Margin = c.effect()
	return append(asked, c)
}

// arms are the names of all combinations.
func (a *Attribution) arms() (names []string) {
	for _, c := range a.combinations() {
		names = append(names, a.name(c))
	}
	return names
}

// design is the metric of every combination in every block.
func (a *Attribution) design(valid []block, m Metric) (design, error) {
	var rows [][]float64
	for _, b := range valid {
		var row []float64
		for _, c := range a.combinations() {
			name := a.name(c)
			x, ok := b[name].Figures[m]
			if !ok {
				return nil, fmt.Errorf("%s of %s was not measured: %s", m, name, b[name].Absent[m])
			}
			row = append(row, x)
		}
		rows = append(rows, row)
	}
	if a.Design == EndsOnly {
		return stats.NewEnds(rows)
	}
	return stats.NewFactorial(rows)
}

func effect(e stats.Estimate) Effect { return Effect{Change: e.Value, Low: e.Low, High: e.High} }

func (c Cause) verdict(a *Attribution, d design, i int, valid []block) CauseVerdict {
	out := CauseVerdict{
		Name: c.Name, Says: c.Says, Moves: c.Moves,
		FirstIn: effect(d.FirstIn(i, attributionLevel)),
		LastIn:  effect(d.LastIn(i, attributionLevel)),
	}
	out.act(a, i, valid)
	return out
}

// act looks whether the cause moved what it must move.
func (c *CauseVerdict) act(a *Attribution, i int, valid []block) {
	d, err := a.design(valid, c.Moves)
	if err != nil {
		c.Because = err.Error()
		return
	}
	var sum [2]float64
	for _, combination := range a.combinations() {
		to := 0
		if combination.has(i) {
			to = 1
		}
		sum[to] += stats.Mean(figures(valid, a.name(combination), c.Moves))
	}
	half := float64(len(a.combinations())) / 2
	c.Without, c.With = sum[0]/half, sum[1]/half
	if c.Acted = effect(d.MainEffect(i, attributionLevel)).ClearOfZero(); !c.Acted {
		c.Because = fmt.Sprintf("it did not move %s: %s without it, %s with it", c.Moves,
			FormatValue(c.Without, c.Moves.Unit()), FormatValue(c.With, c.Moves.Unit()))
	}
}

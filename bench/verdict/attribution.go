package verdict

import (
	"fmt"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// AttributionVerdict divides the total effect among the causes. Figures are changes in
// the metric's unit: below 0 if the causes save.
type AttributionVerdict struct {
	Metric metric.Name `json:"metric"`
	Blocks []int       `json:"blocks"` // numbers of the blocks that it is based on
	None   float64     `json:"none"`   // mean without any cause
	All    float64     `json:"all"`    // mean with all causes
	Total  Effect      `json:"total"`

	Causes       []CauseVerdict       `json:"causes"`
	Interactions []InteractionVerdict `json:"interactions,omitempty"`
}

// Effect is a change with its two-sided 95% interval.
type Effect struct {
	Change float64 `json:"change"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// ClearOfZero reports whether the interval excludes "no change".
func (e Effect) ClearOfZero() bool { return e.Low > 0 || e.High < 0 }

// CauseVerdict is the answer for one cause.
type CauseVerdict struct {
	Name string `json:"name"`
	Says string `json:"says,omitempty"`

	// Earned is the cause's Shapley value: its mean effect over all orders in which the
	// causes can be switched on. The values of all causes add up to the total. It is
	// nil if the design ran the ends only. FirstIn and LastIn then bound it, if the
	// other causes either all hinder it or all help it.
	Earned *Effect `json:"earned,omitempty"`
	// Share is Earned over the total, 0.3 is 30%; nil if the total may be 0.
	Share   *Effect `json:"share,omitempty"`
	FirstIn Effect  `json:"first_in"`       // the cause alone, compared with none
	LastIn  Effect  `json:"last_in"`        // the cause added to all others
	Main    *Effect `json:"main,omitempty"` // the mean over all combinations of the others

	// Acted is the result of the manipulation check: the metric that the cause must
	// move did move. Otherwise the cause is NOT RUN, and its apparent effect is noise.
	Acted   bool        `json:"acted"`
	Moves   metric.Name `json:"moves"`
	Without float64     `json:"without"` // mean of Moves over the combinations without the cause
	With    float64     `json:"with"`    // mean of Moves over the combinations with the cause
	Because string      `json:"because,omitempty"`
}

// InteractionVerdict is half the change in A's effect when B is on too. When both save
// memory, a positive value means that their savings overlap.
type InteractionVerdict struct {
	A      string `json:"a"`
	B      string `json:"b"`
	Effect Effect `json:"effect"`
}

// design holds the estimates that both attribution designs give.
type design interface {
	Total(level float64) stats.Estimate
	FirstIn(cause int, level float64) stats.Estimate
	LastIn(cause int, level float64) stats.Estimate
	MainEffect(cause int, level float64) stats.Estimate
}

// attributionLevel is the level of the two-sided intervals.
const attributionLevel = 0.95

// attribute divides the effect among the causes. Reasons records why it could not.
func (v *Verdict) attribute(sc *scenario.Scenario) {
	a := sc.Attribution
	if a == nil || v.Void {
		return
	}
	if _, withheld := v.withheldBy(a.Metric); withheld {
		v.Void = true
		return
	}
	valid := v.counted(a.Metric, a.Arms()...)
	if len(valid) < 2 {
		return
	}
	d, err := designOf(a, valid, a.Metric)
	if err != nil {
		v.Void = true
		v.Reasons = append(v.Reasons, metric.Because(metric.AttributionOpen, []metric.Pattern{metric.Pattern(a.Metric)}, "attribution: %v", err))
		return
	}
	out := &AttributionVerdict{
		Metric: a.Metric, Blocks: measure.Numbers(valid), Total: effect(d.Total(attributionLevel)),
		None: stats.Mean(measure.Figures(valid, scenario.NoCauses, a.Metric)), All: stats.Mean(measure.Figures(valid, scenario.AllCauses, a.Metric)),
	}
	for i, c := range a.Causes {
		out.Causes = append(out.Causes, causeVerdict(c, a, d, i, v.counted(c.Moves, a.Arms()...)))
	}
	if full, ok := d.(*stats.Factorial); ok {
		out.share(full, a.Causes)
	}
	v.Attribution = out
}

// share adds the results that need all combinations.
func (v *AttributionVerdict) share(d *stats.Factorial, causes []scenario.Cause) {
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

func effect(e stats.Estimate) Effect { return Effect{Change: e.Value, Low: e.Low, High: e.High} }

func causeVerdict(c scenario.Cause, a *scenario.Attribution, d design, i int, valid []measure.Block) CauseVerdict {
	out := CauseVerdict{
		Name: c.Name, Says: c.Says, Moves: c.Moves,
		FirstIn: effect(d.FirstIn(i, attributionLevel)),
		LastIn:  effect(d.LastIn(i, attributionLevel)),
	}
	out.act(a, i, valid)
	return out
}

// act does the manipulation check: did the cause move its metric?
func (c *CauseVerdict) act(a *scenario.Attribution, i int, valid []measure.Block) {
	d, err := designOf(a, valid, c.Moves)
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
		sum[to] += stats.Mean(measure.Figures(valid, a.Name(combination), c.Moves))
	}
	half := float64(len(a.Combinations())) / 2
	c.Without, c.With = sum[0]/half, sum[1]/half
	if c.Acted = effect(d.MainEffect(i, attributionLevel)).ClearOfZero(); !c.Acted {
		c.Because = fmt.Sprintf("it did not move %s: %s without it, %s with it", c.Moves,
			metric.FormatValue(c.Without, c.Moves.Unit()), metric.FormatValue(c.With, c.Moves.Unit()))
	}
}

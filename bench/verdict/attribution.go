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
	Name      string `json:"name"`
	Statement string `json:"statement,omitempty"`

	// Earned is the cause's Shapley value: its mean effect over all orders in which the
	// causes can be switched on. The values of all causes add up to the total. It is
	// nil if the design ran the ends only. FirstIn and LastIn then bound it, if the
	// other causes either all hinder it or all help it.
	Shapley *Effect `json:"shapley,omitempty"`
	// Share is Earned over the total, 0.3 is 30%; nil if the total may be 0.
	Share         *Effect `json:"share,omitempty"`
	Alone         Effect  `json:"alone"`                 // the cause alone, compared with none
	OnTopOfOthers Effect  `json:"on_top_of_others"`      // the cause added to all others
	MainEffect    *Effect `json:"main_effect,omitempty"` // the mean over all combinations of the others

	// Acted is the result of the manipulation check: the metric that the cause must
	// move did move. Otherwise the cause is NOT RUN, and its apparent effect is noise.
	Moved             bool        `json:"moved"`
	ManipulationCheck metric.Name `json:"manipulation_check"`
	FigureWithout     float64     `json:"without"` // mean of Moves over the combinations without the cause
	FigureWith        float64     `json:"with"`    // mean of Moves over the combinations with the cause
	Because           string      `json:"because,omitempty"`
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
		out.Causes = append(out.Causes, causeVerdict(c, a, d, i, v.counted(c.ManipulationCheck, a.Arms()...)))
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
		c.Shapley, c.MainEffect = &earned, &main
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
		Name: c.Name, Statement: c.Statement, ManipulationCheck: c.ManipulationCheck,
		Alone:         effect(d.FirstIn(i, attributionLevel)),
		OnTopOfOthers: effect(d.LastIn(i, attributionLevel)),
	}
	out.checkManipulation(a, i, valid)
	return out
}

// act does the manipulation check: did the cause move its metric?
func (c *CauseVerdict) checkManipulation(a *scenario.Attribution, i int, valid []measure.Block) {
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
	if c.Moved = effect(d.MainEffect(i, attributionLevel)).ClearOfZero(); !c.Moved {
		c.Because = fmt.Sprintf("it did not move %s: %s without it, %s with it", c.ManipulationCheck,
			metric.FormatValue(c.FigureWithout, c.ManipulationCheck.Unit()), metric.FormatValue(c.FigureWith, c.ManipulationCheck.Unit()))
	}
}

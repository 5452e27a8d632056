package verdict

import (
	"github.com/memproof/memproof/bench/comparison"
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
	Level  float64     `json:"level"`  // of all its intervals, each on its own
	None   float64     `json:"none"`   // mean without any cause
	All    float64     `json:"all"`    // mean with all causes
	Total  Effect      `json:"total"`

	Causes       []CauseVerdict       `json:"causes"`
	Lead         *LeadVerdict         `json:"lead,omitempty"` // nil if no cause moved its metric
	Interactions []InteractionVerdict `json:"interactions,omitempty"`
}

// Effect is a change with its two-sided interval.
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
	// Shapley is the cause's mean effect over all orders in which the causes can be
	// switched on. The values of all causes add up to the total. It is nil if the
	// design is one_at_a_time. Alone and OnTopOfOthers then bound it, if the other
	// causes either all hinder it or all help it.
	Shapley *Effect `json:"shapley,omitempty"`
	// Share is Shapley over the total, 0.3 is 30%; nil if the total may be 0.
	Share         *Effect `json:"share,omitempty"`
	Alone         Effect  `json:"alone"`                 // the cause alone, compared with none
	OnTopOfOthers Effect  `json:"on_top_of_others"`      // the cause added to all others
	MainEffect    *Effect `json:"main_effect,omitempty"` // the mean over all combinations of the others
	// Moved is the result of the manipulation check: the cause moved the metric that it
	// must move. Otherwise the cause is NOT RUN, and its apparent effect is noise.
	Moved             bool        `json:"moved"`
	ManipulationCheck metric.Name `json:"manipulation_check"`
	FigureWithout     float64     `json:"without"` // mean of that metric over the combinations without the cause
	FigureWith        float64     `json:"with"`    // mean of that metric over the combinations with the cause
	Because           string      `json:"because,omitempty"`
	// AloneNotRun and OnTopNotRun say that a cause that moved its metric elsewhere did not
	// move it there: Alone, or OnTopOfOthers, is then not its effect.
	AloneNotRun string `json:"alone_not_run,omitempty"`
	OnTopNotRun string `json:"on_top_not_run,omitempty"`
}

// InteractionVerdict is half the change in A's effect when B is on too. When both save
// memory, a positive value means that their savings overlap.
type InteractionVerdict struct {
	A      string `json:"a"`
	B      string `json:"b"`
	Effect Effect `json:"effect"`
	// HolmP is the two-sided p-value, adjusted by Holm over all interactions of the design:
	// which of them to report is not known before.
	HolmP float64 `json:"holm_p"`
}

// ClearOfZero reports whether the interaction differs from 0 among all of the design.
func (i InteractionVerdict) ClearOfZero() bool { return i.HolmP <= 1-comparison.Level }

// design gives the estimates that both attribution designs give.
type design interface {
	Total(level float64) stats.Estimate
	FirstIn(cause int, level float64) stats.Estimate
	LastIn(cause int, level float64) stats.Estimate
	MainEffect(cause int, level float64) stats.Estimate
	Ahead(cause, other int, level float64) stats.Estimate
}

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
		v.Reasons = append(v.Reasons, metric.Because(metric.AttributionOpen, []metric.Pattern{metric.Pattern(a.Metric)},
			"attribution: %v", err))
		return
	}
	mean := func(arm string) float64 { return stats.Mean(measure.Figures(valid, arm, a.Metric)) }
	v.Attribution = &AttributionVerdict{
		Metric: a.Metric, Blocks: measure.Numbers(valid), Level: comparison.Level, Total: effect(d.Total(comparison.Level)),
		None: mean(scenario.NoCauses), All: mean(scenario.AllCauses),
	}
	full, _ := d.(*stats.Factorial)
	for i, c := range a.Causes {
		out := newCauseVerdict(c, i, d, full)
		out.checkManipulation(a, i, v.counted(c.ManipulationCheck, a.Arms()...))
		v.Attribution.Causes = append(v.Attribution.Causes, out)
	}
	v.Attribution.Lead = v.Attribution.lead(d)
	if full != nil {
		v.Attribution.Interactions = interactions(a.Causes, full)
	}
}

// interactions returns those of all pairs of causes.
func interactions(causes []scenario.Cause, full *stats.Factorial) (all []InteractionVerdict) {
	var ps []float64
	for i, c := range causes {
		for j, earlier := range causes[:i] {
			all = append(all, InteractionVerdict{A: earlier.Name, B: c.Name, Effect: effect(full.Interaction(j, i, comparison.Level))})
			ps = append(ps, full.InteractionP(j, i))
		}
	}
	for i, p := range stats.Holm(ps) {
		all[i].HolmP = p
	}
	return all
}

func effect(e stats.Estimate) Effect { return Effect{Change: e.Value, Low: e.Low, High: e.High} }

// newCauseVerdict computes the effects of a cause. full is nil without all combinations.
func newCauseVerdict(c scenario.Cause, i int, d design, full *stats.Factorial) CauseVerdict {
	out := CauseVerdict{
		Name: c.Name, Statement: c.Statement, ManipulationCheck: c.ManipulationCheck,
		Alone: effect(d.FirstIn(i, comparison.Level)), OnTopOfOthers: effect(d.LastIn(i, comparison.Level)),
	}
	if full != nil {
		out.Shapley, out.MainEffect = new(effect(full.Shapley(i, comparison.Level))), new(effect(full.MainEffect(i, comparison.Level)))
		if share, ok := full.ShapleyShare(i, comparison.Level); ok {
			out.Share = new(effect(share))
		}
	}
	return out
}

// designOf collects the metric of every combination in every block.
func designOf(a *scenario.Attribution, valid []measure.Block, m metric.Name) (design, error) {
	var rows [][]float64
	for _, b := range valid {
		var row []float64
		for _, c := range a.Combinations() {
			x, err := figureOf(b, a.Name(c), m)
			if err != nil {
				return nil, err
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

// Package attribution divides the effect of several changes among them: each cause's part,
// whether the change was made at all, which cause contributes most, and how the causes
// interact.
package attribution

import (
	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Attribution is the total effect, divided among the causes. Figures are changes in the
// metric's unit: below 0 if the causes save.
type Attribution struct {
	Metric metric.Name       `json:"metric"`
	Blocks []int             `json:"blocks"` // numbers of the blocks that it is based on
	Level  float64           `json:"level"`  // of all its intervals, each on its own
	None   float64           `json:"none"`   // mean without any cause
	All    float64           `json:"all"`    // mean with all causes
	Total  comparison.Effect `json:"total"`

	Causes       []Cause       `json:"causes"`
	Lead         *Lead         `json:"lead,omitempty"` // nil if no cause moved its metric
	Interactions []Interaction `json:"interactions,omitempty"`
}

// Cause is the answer for one cause.
type Cause struct {
	Name      string `json:"name"`
	Statement string `json:"statement,omitempty"`
	// Shapley is the cause's mean effect over all orders in which the causes can be
	// switched on. The values of all causes add up to the total. It is nil if the
	// design is one_at_a_time. Alone and OnTopOfOthers then bound it, if the other
	// causes either all hinder it or all help it.
	Shapley *comparison.Effect `json:"shapley,omitempty"`
	// Share is Shapley over the total, 0.3 is 30%; nil if the total may be 0.
	Share         *comparison.Effect `json:"share,omitempty"`
	Alone         comparison.Effect  `json:"alone"`                 // the cause alone, compared with none
	OnTopOfOthers comparison.Effect  `json:"on_top_of_others"`      // the cause added to all others
	MainEffect    *comparison.Effect `json:"main_effect,omitempty"` // the mean over all combinations of the others
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

// Interaction is half the change in A's effect when B is on too. When both save
// memory, a positive value means that their savings overlap.
type Interaction struct {
	A      string            `json:"a"`
	B      string            `json:"b"`
	Effect comparison.Effect `json:"effect"`
	// HolmP is the two-sided p-value, adjusted by Holm over all interactions of the design:
	// which of them to report is not known before.
	HolmP float64 `json:"holm_p"`
}

// ClearOfZero reports whether the interaction differs from 0 among all of the design.
func (i Interaction) ClearOfZero() bool { return i.HolmP <= 1-comparison.Level }

// design gives the estimates that both attribution designs give.
type design interface {
	Total(level float64) stats.Estimate
	FirstIn(cause int, level float64) stats.Estimate
	LastIn(cause int, level float64) stats.Estimate
	MainEffect(cause int, level float64) stats.Estimate
	Ahead(cause, other int, level float64) stats.Estimate
}

// Of divides the effect among the causes, from the blocks that count for the attribution's
// metric. counted returns those that count for the metric of a manipulation check. The error
// says which figure is absent, or why the blocks give no interval.
func Of(a *scenario.Attribution, blocks []measure.Block, counted func(metric.Name) []measure.Block) (*Attribution, error) {
	d, err := designOf(a, blocks, a.Metric)
	if err != nil {
		return nil, err
	}
	mean := func(arm string) float64 { return stats.Mean(measure.Figures(blocks, arm, a.Metric)) }
	out := &Attribution{
		Metric: a.Metric, Blocks: measure.Numbers(blocks), Level: comparison.Level, Total: comparison.EffectOf(d.Total(comparison.Level)),
		None: mean(scenario.NoCauses), All: mean(scenario.AllCauses),
	}
	full, _ := d.(*stats.Factorial)
	for i, c := range a.Causes {
		cause := newCause(c, i, d, full)
		cause.checkManipulation(a, i, counted(c.ManipulationCheck))
		out.Causes = append(out.Causes, cause)
	}
	out.Lead = out.lead(d)
	if full != nil {
		out.Interactions = interactions(a.Causes, full)
	}
	return out, nil
}

// interactions returns those of all pairs of causes.
func interactions(causes []scenario.Cause, full *stats.Factorial) (all []Interaction) {
	var ps []float64
	for i, c := range causes {
		for j, earlier := range causes[:i] {
			all = append(all, Interaction{A: earlier.Name, B: c.Name, Effect: comparison.EffectOf(full.Interaction(j, i, comparison.Level))})
			ps = append(ps, full.InteractionP(j, i))
		}
	}
	for i, p := range stats.Holm(ps) {
		all[i].HolmP = p
	}
	return all
}

// newCause computes the effects of a cause. full is nil without all combinations.
func newCause(c scenario.Cause, i int, d design, full *stats.Factorial) Cause {
	out := Cause{
		Name: c.Name, Statement: c.Statement, ManipulationCheck: c.ManipulationCheck,
		Alone: comparison.EffectOf(d.FirstIn(i, comparison.Level)), OnTopOfOthers: comparison.EffectOf(d.LastIn(i, comparison.Level)),
	}
	if full != nil {
		out.Shapley = new(comparison.EffectOf(full.Shapley(i, comparison.Level)))
		out.MainEffect = new(comparison.EffectOf(full.MainEffect(i, comparison.Level)))
		if share, ok := full.ShapleyShare(i, comparison.Level); ok {
			out.Share = new(comparison.EffectOf(share))
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
			x, err := b.Figure(a.Name(c), m)
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

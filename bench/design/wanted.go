package design

import (
	"slices"

	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// wanted returns the arms of block n, in their order and without injected arms. Up to the
// first interim analysis that is all of them. From then on it is the ones that an open
// answer needs, and the baseline and the A/A control if they check such an answer.
func (d *Blocks) wanted(v *verdict.Verdict, n int) []scenario.Variant {
	order := slices.Clone(d.order[n-1])
	if v.Planned == d.sc.Analyses()[0] {
		return order
	}
	needs, lacking := v.OpenNeeds(d.sc), v.ReadingsLeft(d.sc) > 0
	return slices.DeleteFunc(order, func(arm scenario.Variant) bool {
		return !slices.ContainsFunc(needs, func(need scenario.Need) bool {
			return slices.Contains(need.Arms, arm.Name) || d.isControl(arm.Name) && (lacking || len(need.Arms) > 1)
		})
	})
}

// isControl reports whether the arm is the A/A control or the baseline that it repeats.
func (d *Blocks) isControl(arm string) bool {
	return arm == scenario.AAArm || d.sc.Controls != nil && arm == d.sc.Controls.Baseline
}

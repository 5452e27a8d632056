package attribution

import (
	"cmp"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/comparison"
)

// Lead compares the cause that contributes most to the total with the others.
type Lead struct {
	Cause string `json:"cause"`
	// Over is the cause over which the lead is the least certain, Effect the difference to
	// it; empty and nil if no other cause moved its metric.
	Over   string             `json:"over,omitempty"`
	Effect *comparison.Effect `json:"effect,omitempty"`
}

// Clear reports whether the cause contributes more than each of the others.
func (l Lead) Clear() bool { return l.Effect == nil || l.Effect.ClearOfZero() }

// lead finds the cause with the largest effect in the direction of the total. Only causes
// that moved their metric take part: the effect of another is not its own. The lead over
// each of the others is tested at the same level, so that it needs no correction to say
// that all of them are behind.
func (a *Attribution) lead(d design) *Lead {
	direction := math.Copysign(1, a.Total.Change)
	var made []int
	for i, c := range a.Causes {
		if c.Moved {
			made = append(made, i)
		}
	}
	if len(made) == 0 {
		return nil
	}
	contribution := func(i int) float64 { return direction * a.Causes[i].meanEffect() }
	first := slices.MaxFunc(made, func(i, j int) int { return cmp.Compare(contribution(i), contribution(j)) })
	out := &Lead{Cause: a.Causes[first].Name}
	least := math.Inf(1)
	for _, i := range made {
		if i == first {
			continue
		}
		e := comparison.EffectOf(d.Ahead(first, i, comparison.Level))
		if near := min(direction*e.Low, direction*e.High); near < least {
			least, out.Over, out.Effect = near, a.Causes[i].Name, &e
		}
	}
	return out
}

// meanEffect is the Shapley value, or without one the middle of its bounds.
func (c Cause) meanEffect() float64 {
	if c.Shapley != nil {
		return c.Shapley.Change
	}
	return (c.Alone.Change + c.OnTopOfOthers.Change) / 2
}

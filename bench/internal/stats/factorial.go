package stats

import (
	"fmt"
	"math/bits"
)

// Factorial is a full 2^k design in complete blocks: each block measured every
// combination of k causes once. Combination c has cause i switched on if bit i
// of c is set, so 0 has none and 2^k-1 all. (G. E. P. Box, W. G. Hunter and J. S.
// Hunter, Statistics for Experimenters, 1978, chapters 7 and 10.)
type Factorial struct {
	cells
	causes int
}

const maxCauses = 8 // 256 combinations

// NewFactorial takes the measurements as rows[block][combination]. It is an
// error to give fewer than two blocks, a block that lacks combinations or a
// value that is not finite.
func NewFactorial(rows [][]float64) (*Factorial, error) {
	c, err := newCells(rows)
	if err != nil {
		return nil, err
	}
	n := len(c.means)
	k := bits.TrailingZeros(uint(n))
	if n < 2 || n != 1<<k || k > maxCauses {
		return nil, fmt.Errorf("%d combinations are not a full design: want 2, 4, 8, … up to %d", n, 1<<maxCauses)
	}
	return &Factorial{cells: c, causes: k}, nil
}

// Total is the effect of all causes together.
func (f *Factorial) Total(level float64) Estimate { return f.estimate(f.total(), level) }

// Shapley is the share of the total that is due to a cause, in the unit of the
// measurements: its effect, averaged over all orders in which the causes could
// have been switched on (L. S. Shapley, Contributions to the Theory of Games II,
// 1953). Over the causes they add up to the total.
func (f *Factorial) Shapley(cause int, level float64) Estimate {
	return f.estimate(f.shapley(cause), level)
}

// ShapleyShare is [Factorial.Shapley] over [Factorial.Total], by Fieller's
// theorem. ok is false where the total may be 0 and the interval is unbounded.
func (f *Factorial) ShapleyShare(cause int, level float64) (share Estimate, ok bool) {
	return f.ratio(f.shapley(cause), f.total()[0], level)
}

// Ahead is [Factorial.Shapley] of a cause minus that of another.
func (f *Factorial) Ahead(cause, other int, level float64) Estimate {
	return f.estimate(f.ahead(cause, other), level)
}

// MainEffect is the cause's effect, averaged over all combinations of the others.
func (f *Factorial) MainEffect(cause int, level float64) Estimate {
	return f.estimate(f.mainEffect(cause), level)
}

// Interaction is half of the gain of a cause's effect when another cause is on, averaged
// over all combinations of the rest: above 0 the two do more together than apart.
func (f *Factorial) Interaction(cause, other int, level float64) Estimate {
	return f.estimate(f.interaction(cause, other), level)
}

// InteractionP is the two-sided p-value of the test that the interaction is 0.
func (f *Factorial) InteractionP(cause, other int) float64 {
	return f.pValue(f.interaction(cause, other))
}

// FirstIn is the effect of the cause alone, compared with none.
func (f *Factorial) FirstIn(cause int, level float64) Estimate {
	return f.estimate(f.switchOn(0, cause), level)
}

// LastIn is the effect of the cause when all others are on.
func (f *Factorial) LastIn(cause int, level float64) Estimate {
	return f.estimate(f.switchOn(f.all()&^(1<<cause), cause), level)
}

func (f *Factorial) all() int { return len(f.means) - 1 }

func (f *Factorial) total() contrast { return between(0, f.all()) }

// switchOn is the step that adds a cause to a combination.
func (f *Factorial) switchOn(others, cause int) contrast {
	f.check(cause)
	return between(others, others|1<<cause)
}

// steps adds the cause to each combination of the others. weigh gives a combination its
// weight; those of weight 0 are left out.
func (f *Factorial) steps(cause int, weigh func(others int) float64) (w contrast) {
	f.check(cause)
	for c := range f.means {
		if c&(1<<cause) != 0 {
			continue
		}
		if weight := weigh(c); weight != 0 {
			w = append(w, step{c, c | 1<<cause, weight})
		}
	}
	return w
}

// shapley weighs a step after s causes by the share of orders in which exactly these s
// precede it: 1/(k·C(k-1, s)).
func (f *Factorial) shapley(cause int) contrast {
	return f.steps(cause, f.shapleyWeight)
}

func (f *Factorial) shapleyWeight(others int) float64 {
	return 1 / (float64(f.causes) * choose(f.causes-1, bits.OnesCount(uint(others))))
}

// ahead has a step from "with the other cause" to "with the cause" for each combination of
// the rest. Combinations that have both or neither weigh the same in both Shapley values.
func (f *Factorial) ahead(cause, other int) (w contrast) {
	f.check(other)
	f.two(cause, other)
	for _, s := range f.shapley(cause) {
		if s.from&(1<<other) == 0 {
			both := f.shapleyWeight(s.from | 1<<other)
			w = append(w, step{s.from | 1<<other, s.to, s.weight + both})
		}
	}
	return w
}

func (f *Factorial) mainEffect(cause int) contrast {
	return f.steps(cause, func(int) float64 { return 2 / float64(len(f.means)) })
}

// interaction has the steps of the cause that comes first in the design, so that it is the
// same both ways: negative where the other cause is off.
func (f *Factorial) interaction(cause, other int) contrast {
	f.check(other)
	f.two(cause, other)
	other, cause = max(cause, other), min(cause, other)
	return f.steps(cause, func(others int) float64 {
		weight := 2 / float64(len(f.means))
		if others&(1<<other) == 0 {
			weight = -weight
		}
		return weight
	})
}

func (f *Factorial) two(cause, other int) {
	if cause == other {
		panic("stats: a cause does not interact with itself, nor is it ahead of itself")
	}
}

func (f *Factorial) check(cause int) {
	if cause < 0 || cause >= f.causes {
		panic(fmt.Sprintf("stats: cause %d of %d", cause, f.causes))
	}
}

// choose is the binomial coefficient.
func choose(n, k int) float64 {
	c := 1.0
	for i := range k {
		c = c * float64(n-i) / float64(i+1)
	}
	return c
}

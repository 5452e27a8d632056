package stats

import "fmt"

// Ends is a 2^k design of which the ends alone were measured, in complete blocks:
// no cause, each cause alone, all causes but one, and all. That is 2k+2 cells in
// place of 2^k, fewer from four causes on. It knows what each cause does first and
// last, and nothing of what lies between: where the causes only hinder each
// other, or only help, the Shapley value lies between the two; where they do
// both it need not.
type Ends struct {
	cells
	causes int
}

// NewEnds takes the measurements as rows[block][cell]: none, each cause alone,
// all but each cause, all, the causes in the same order both times. Errors are as
// with [NewFactorial].
func NewEnds(rows [][]float64) (*Ends, error) {
	c, err := newCells(rows)
	if err != nil {
		return nil, err
	}
	n := len(c.means)
	if n%2 != 0 || n < 8 {
		return nil, fmt.Errorf("%d cells are not the ends of a design: want twice the causes and 2, for 3 causes or more", n)
	}
	return &Ends{cells: c, causes: n/2 - 1}, nil
}

// Total is the effect of all causes together.
func (e *Ends) Total(level float64) Estimate { return e.estimate(e.step(0, len(e.means)-1), level) }

// FirstIn is the effect of the cause alone, against none.
func (e *Ends) FirstIn(cause int, level float64) Estimate {
	return e.estimate(e.step(0, 1+cause), level)
}

// LastIn is what the cause adds where all others are on already.
func (e *Ends) LastIn(cause int, level float64) Estimate {
	return e.estimate(e.step(1+e.causes+cause, len(e.means)-1), level)
}

// MainEffect is the mean of the cause's two ends.
func (e *Ends) MainEffect(cause int, level float64) Estimate {
	w := make(contrast, len(e.means))
	for _, end := range []contrast{e.step(0, 1+cause), e.step(1+e.causes+cause, len(e.means)-1)} {
		for c := range w {
			w[c] += end[c] / 2
		}
	}
	return e.estimate(w, level)
}

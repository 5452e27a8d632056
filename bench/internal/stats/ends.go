package stats

import "fmt"

// Ends is a 2^k design of which only the ends were measured, in complete blocks: no cause,
// each cause alone, all causes but one, and all. These are 2k+2 cells in place of 2^k, fewer
// from four causes on. It gives the effect of each cause first and last. The Shapley value
// lies between the two if the causes only hinder each other, or only help; if they do both,
// it need not.
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
func (e *Ends) Total(level float64) Estimate { return e.estimate(between(0, e.all()), level) }

// FirstIn is the effect of the cause alone, compared with none.
func (e *Ends) FirstIn(cause int, level float64) Estimate {
	return e.estimate(between(0, 1+cause), level)
}

// LastIn is the effect of the cause when all others are on.
func (e *Ends) LastIn(cause int, level float64) Estimate {
	return e.estimate(between(e.allBut(cause), e.all()), level)
}

// MainEffect is the mean of the cause's two ends.
func (e *Ends) MainEffect(cause int, level float64) Estimate {
	return e.estimate(contrast{{0, 1 + cause, 0.5}, {e.allBut(cause), e.all(), 0.5}}, level)
}

// Ahead is [Ends.MainEffect] of a cause minus that of another.
func (e *Ends) Ahead(cause, other int, level float64) Estimate {
	return e.estimate(contrast{{1 + other, 1 + cause, 0.5}, {e.allBut(cause), e.allBut(other), 0.5}}, level)
}

func (e *Ends) all() int { return len(e.means) - 1 }

func (e *Ends) allBut(cause int) int { return 1 + e.causes + cause }

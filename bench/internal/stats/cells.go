package stats

import (
	"fmt"
	"math"
)

// cells is a design in complete blocks: each block measured every cell once.
//
// The model: a measurement is the sum of its cell's mean, its block's offset and an error.
// Errors are independent and roughly normal. Each cell has an error variance of its own:
// errors of memory grow with memory, and one variance for all cells makes the interval of
// two large cells several times too narrow and of two small ones several times too wide.
type cells struct {
	rows  [][]float64 // by block and cell
	means []float64   // of each cell, over the blocks
}

func newCells(rows [][]float64) (cells, error) {
	if len(rows) < 2 {
		return cells{}, fmt.Errorf("a design needs at least two blocks, got %d", len(rows))
	}
	n := len(rows[0])
	for b, block := range rows {
		if len(block) != n {
			return cells{}, fmt.Errorf("block %d has %d combinations, the first has %d", b+1, len(block), n)
		}
		if n < 2 {
			continue // NewFactorial and NewEnds refuse it
		}
		if err := checkValues(block); err != nil {
			return cells{}, fmt.Errorf("block %d: %w", b+1, err)
		}
	}
	d := cells{rows: rows}
	for c := range n {
		column := make([]float64, len(rows))
		for b := range rows {
			column[b] = rows[b][c]
		}
		d.means = append(d.means, Mean(column))
	}
	return d, nil
}

// step is a weighted difference of two cells. In each block the block's offset cancels, so
// a step scatters over the blocks by the errors of its two cells alone.
type step struct {
	from, to int
	weight   float64
}

// contrast is a sum of steps, no two of which share a cell: they are independent.
//
// Its variance is the sum of theirs, with Satterthwaite's degrees of freedom. With 3
// blocks, 16 cells and errors five times as large in half of them, 90% intervals then hold
// the truth in 89% to 93%, whatever the blocks differ by. Other ways to give each cell its
// own variance do not. Around the cell's mean it contains the blocks' differences: up to
// 100%. After removing the mean of each block it contains the errors of the other cells:
// 78% to 96%. The t interval of the whole contrast, one value a block, is exact, but has
// only the degrees of freedom of one step: up to half as wide again.
type contrast []step

// between is the difference of two cells.
func between(from, to int) contrast { return contrast{{from, to, 1}} }

// estimate is the contrast with its interval, which has no width if every block is the same.
func (d *cells) estimate(w contrast, level float64) Estimate {
	value := d.value(w)
	variance, df := d.variance(w)
	half := tCritical(level, df) * math.Sqrt(variance)
	return Estimate{Value: value, Low: value - half, High: value + half}
}

// pValue is the two-sided p-value of the test that the contrast is 0. A contrast without
// scatter has no t; it is tested by its signs. That all n blocks lie on one side of 0 by
// chance has the probability 2^(1-n).
func (d *cells) pValue(w contrast) float64 {
	value := d.value(w)
	if value == 0 {
		return 1
	}
	variance, df := d.variance(w)
	if variance == 0 {
		return math.Exp2(float64(1 - len(d.rows)))
	}
	return tOutside(math.Abs(value)/math.Sqrt(variance), df)
}

func (d *cells) value(w contrast) (v float64) {
	for _, s := range w {
		v += s.weight * (d.means[s.to] - d.means[s.from])
	}
	return v
}

// variance returns the variance of the contrast's estimate, and its degrees of freedom.
func (d *cells) variance(w contrast) (variance, df float64) {
	var parts []float64
	for _, s := range w {
		y := d.perBlock(contrast{s})
		part, size := covariance(y, y)/float64(len(y)), rounding*s.weight*max(math.Abs(d.means[s.from]), math.Abs(d.means[s.to]))
		if part <= size*size {
			part = 0
		}
		parts = append(parts, part)
	}
	return satterthwaite(parts, len(d.rows)-1)
}

// perBlock returns the contrast in each block. Its steps may share cells.
func (d *cells) perBlock(w contrast) []float64 {
	values := make([]float64, len(d.rows))
	for b, y := range d.rows {
		for _, s := range w {
			values[b] += s.weight * (y[s.to] - y[s.from])
		}
	}
	return values
}

// satterthwaite returns the sum of independent variances that have df degrees of freedom
// each, and the sum's own (F. E. Satterthwaite, Biometrics Bulletin 2, 1946): between df,
// if one variance dominates, and df times their number.
func satterthwaite(variances []float64, df int) (total, own float64) {
	var squares float64
	for _, v := range variances {
		total += v
		squares += v * v
	}
	if squares == 0 {
		return 0, float64(df)
	}
	return total, float64(df) * total * total / squares
}

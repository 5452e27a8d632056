package stats

import (
	"fmt"
	"math"
)

// cells is a design in complete blocks: each block measured every cell once.
//
// The model: a measurement is the sum of its cell's mean, its block's offset and an error;
// errors are independent, roughly normal and equally large in all cells. The estimates are
// contrasts, sums of means whose weights add up to 0, so the offsets cancel.
//
// If errors grow with the figure, as those of memory do, the interval of a contrast of
// large cells is too narrow, and that of small cells too wide. The two cancel in contrasts
// of all cells with nearly equal weights.
type cells struct {
	blocks   int
	means    []float64 // of each cell, over the blocks
	variance float64   // of a measurement around cell and block
	df       int       // of the variance
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
	d := cells{blocks: len(rows), df: (len(rows) - 1) * (n - 1)}
	d.fit(rows)
	return d, nil
}

// fit computes the means, and the variance of the residuals.
func (d *cells) fit(rows [][]float64) {
	for c := range rows[0] {
		column := make([]float64, len(rows))
		for b := range rows {
			column[b] = rows[b][c]
		}
		d.means = append(d.means, Mean(column))
	}
	grand := Mean(d.means)
	var ss float64
	for _, block := range rows {
		offset := Mean(block) - grand
		for c, y := range block {
			rest := y - d.means[c] - offset
			ss += rest * rest
		}
	}
	d.variance = ss / float64(d.df)
}

// contrast is a weight a cell; they add up to 0.
type contrast []float64

// estimate is the contrast with its interval.
func (d *cells) estimate(w contrast, level float64) Estimate {
	value := d.value(w)
	half := tCritical(level, d.df) * math.Sqrt(d.covariance(w, w))
	return Estimate{Value: value, Low: value - half, High: value + half}
}

func (d *cells) value(w contrast) (v float64) {
	for c, mean := range d.means {
		v += w[c] * mean
	}
	return v
}

// covariance returns the covariance of two contrasts of the same means.
func (d *cells) covariance(v, w contrast) (sum float64) {
	for c := range v {
		sum += v[c] * w[c]
	}
	return sum * d.variance / float64(d.blocks)
}

// step is the difference between two cells.
func (d *cells) step(from, to int) contrast {
	w := make(contrast, len(d.means))
	w[from]--
	w[to]++
	return w
}

package chart

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// point is one reading: seconds since the load began, and bytes.
type point struct{ at, value float64 }

// memoryPoints are the trial's readings of memory from the beginning of its load to end,
// by the basis that it was judged by.
func memoryPoints(t *record.Trial, end float64, basis string) ([]point, error) {
	var points []point
	err := t.Samples(func(s metric.Sample) error {
		at := s.At.Sub(t.Load.Began).Seconds()
		if bytes, ok := s.Memory(basis); ok && at >= 0 && at < end {
			points = append(points, point{at, float64(bytes)})
		}
		return nil
	})
	return points, err
}

// curve is a figure along an axis over several trials: their mean, computed as in the
// tables, and the lowest and highest reading of any. Where fewer than half of the
// trials have a reading, all three are NaN.
type curve struct {
	metric            metric.Name
	x, mid, low, high []float64
}

// cells is the most points of a curve: one is two pixels of the picture at half size.
const cells = 240

// curveOver sums up trials with readings at different instants: time is cut into
// cells, and a trial counts with the mean of its readings in the cell.
func curveOver(trials [][]point, end float64) curve {
	width := math.Max(end/cells, 2*spacing(trials))
	n := max(1, int(math.Ceil(end/width)))
	readings := make([][][]float64, n) // by cell, by trial
	for i := range readings {
		readings[i] = make([][]float64, len(trials))
	}
	for t, points := range trials {
		for _, p := range points {
			in := &readings[min(n-1, int(p.at/width))][t]
			*in = append(*in, p.value)
		}
	}
	c := curve{metric: metric.MemoryMean}
	for i, cell := range readings {
		c.append((float64(i)+0.5)*width, cell)
	}
	return c
}

// spacing is the median time between two readings. PSS is read more rarely than the
// rest, at intervals that depend on its cost.
func spacing(trials [][]point) float64 {
	var gaps []float64
	for _, points := range trials {
		for i := 1; i < len(points); i++ {
			gaps = append(gaps, points[i].at-points[i-1].at)
		}
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return stats.Quantile(gaps, 0.5)
}

// append adds a place to the curve, with the readings of each trial there.
func (c *curve) append(x float64, trials [][]float64) {
	mid, low, high := math.NaN(), math.NaN(), math.NaN()
	var means []float64
	for _, readings := range trials {
		if len(readings) > 0 {
			means = append(means, stats.Mean(readings))
		}
	}
	if n := len(means); n > 0 && 2*n >= len(trials) {
		all := slices.Concat(trials...)
		mid, low, high = verdict.Mean(c.metric, means), slices.Min(all), slices.Max(all)
	}
	c.x, c.mid, c.low, c.high = append(c.x, x), append(c.mid, mid), append(c.low, low), append(c.high, high)
}

// pieces cuts the curve where it has no value, so that no line crosses a gap. It
// returns the line and the outline of the band of each piece.
func (c curve) pieces() (lines, bands []plotter.XYs) {
	for i := 0; i < len(c.x); i++ {
		from := i
		for i < len(c.x) && !math.IsNaN(c.mid[i]) {
			i++
		}
		if from < i {
			lines = append(lines, xys(c.x[from:i], c.mid[from:i]))
			back := xys(c.x[from:i], c.low[from:i])
			slices.Reverse(back)
			bands = append(bands, append(xys(c.x[from:i], c.high[from:i]), back...))
		}
	}
	return lines, bands
}

func xys(x, y []float64) plotter.XYs {
	out := make(plotter.XYs, len(x))
	for i := range x {
		out[i] = plotter.XY{X: x[i], Y: y[i]}
	}
	return out
}

// armCurve is the curve of one variant.
type armCurve struct {
	view.Arm
	curve
}

func (c armCurve) style() draw.LineStyle {
	return draw.LineStyle{Color: colourOf(c.Place), Width: vg.Length(2)}
}

// topOf is the highest value of the curves; 0 if they have none.
func topOf(curves []armCurve) (top float64) {
	for _, c := range curves {
		for _, v := range c.high {
			if v > top { // false for NaN
				top = v
			}
		}
	}
	return top
}

// addCurves adds a grid, the bands of the variants, above all bands their lines, and above
// all lines their marks.
func addCurves(p *plot.Plot, curves []armCurve) {
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal = draw.LineStyle{Color: rule, Width: 0.6}
	p.Add(grid)
	var above []plot.Plotter
	for _, c := range curves {
		lines, bands := c.pieces()
		p.Add(&plotter.Polygon{XYs: bands, Color: veil(colourOf(c.Place))})
		for _, l := range lines {
			above = append(above, &plotter.Line{XYs: l, LineStyle: c.style()})
		}
	}
	p.Add(above...)
	p.Add(markLayer(curves))
}

func curveLegend(curves []armCurve) (legend []legendEntry) {
	for _, c := range curves {
		legend = append(legend, legendEntry{c.Name, c.style(), func(canvas *draw.Canvas, at vg.Point) { drawMark(canvas, c.Place, at) }})
	}
	return legend
}

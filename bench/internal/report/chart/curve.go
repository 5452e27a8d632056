package chart

import (
	"cmp"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot/plotter"
)

// point is one reading: seconds since the load began, and bytes.
type point struct{ at, value float64 }

// memoryPoints are the trial's readings of headline memory from the beginning
// of its load to end, by the basis that it was judged by.
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

// curve is a figure along an axis over several trials: their mean, taken as the
// tables take it, and the lowest and highest reading of any. A place that fewer
// than half of the trials have is NaN in all three.
type curve struct {
	metric            metric.Name
	x, mid, low, high []float64
}

// cells is how finely a curve over time is drawn at most: a cell is two pixels
// of the picture at half size.
const cells = 240

// curveOver sums up trials that were read at different instants: time is cut
// into cells, and a trial counts with the mean of its readings in the cell.
func curveOver(trials [][]point, end float64) curve {
	width := math.Max(end/cells, 2*spacing(trials))
	n := max(1, int(math.Ceil(end/width)))
	parts := make([][]cell, n)
	for _, points := range trials {
		own := make([]cell, n)
		for _, p := range points {
			own[min(n-1, int(p.at/width))].add(p.value)
		}
		for i, c := range own {
			if c.n > 0 {
				parts[i] = append(parts[i], c)
			}
		}
	}
	c := curve{metric: metric.MemoryMean}
	for i, p := range parts {
		c.append((float64(i)+0.5)*width, p, len(trials))
	}
	return c
}

// spacing is the median time between two readings. Memory from PSS is read
// more rarely than the rest, at intervals of its own choosing.
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
	return median(gaps)
}

// cell is one trial's readings in one cell of time.
type cell struct {
	n              int
	sum, low, high float64
}

func (c *cell) add(v float64) {
	if c.n == 0 {
		c.low, c.high = v, v
	}
	c.n++
	c.sum += v
	c.low, c.high = min(c.low, v), max(c.high, v)
}

func (c *curve) append(x float64, trials []cell, of int) {
	mid, low, high := math.NaN(), math.NaN(), math.NaN()
	if len(trials) > 0 && 2*len(trials) >= of {
		means := make([]float64, len(trials))
		for i, t := range trials {
			means[i] = t.sum / float64(t.n)
		}
		mid = verdict.Mean(c.metric, means)
		low = slices.MinFunc(trials, func(a, b cell) int { return cmp.Compare(a.low, b.low) }).low
		high = slices.MaxFunc(trials, func(a, b cell) int { return cmp.Compare(a.high, b.high) }).high
	}
	c.x, c.mid, c.low, c.high = append(c.x, x), append(c.mid, mid), append(c.low, low), append(c.high, high)
}

// top is the highest value of the curve; 0 for an empty one.
func (c curve) top() float64 {
	top := 0.0
	for _, v := range c.high {
		if v > top { // false for NaN
			top = v
		}
	}
	return top
}

// last is the curve's last place that has a value.
func (c curve) last() (x, mid float64, ok bool) {
	for i := len(c.x) - 1; i >= 0; i-- {
		if !math.IsNaN(c.mid[i]) {
			return c.x[i], c.mid[i], true
		}
	}
	return 0, 0, false
}

// pieces cuts the curve where it has no value, so that no line is drawn over a
// gap: for each piece its line and the outline of its band.
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

// median is the middle value, or the mean of the middle two. It sorts xs.
func median(xs []float64) float64 {
	slices.Sort(xs)
	return (stats.Quantile(xs, 0.5) + xs[len(xs)/2]) / 2
}

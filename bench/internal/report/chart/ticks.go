package chart

import (
	"math"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"golang.org/x/perf/benchunit"
	"gonum.org/v1/plot"
)

// axisUnit is the unit of an axis' labels: a value of size reads "1" and name.
type axisUnit struct {
	name string
	size float64
}

var (
	percentAxis = axisUnit{"%", 0.01}
	plainAxis   = axisUnit{"", 1}
)

// axisUnitFor is the largest unit that an axis up to most reaches.
func axisUnitFor(unit metric.Unit, most float64) axisUnit {
	switch unit.Written() {
	case metric.UnitBytes:
		most = max(most, 1)
	case metric.UnitSeconds:
		most = min(most, 1)
	default:
		return plainAxis
	}
	s := benchunit.CommonScale([]float64{most}, benchunit.Decimal)
	return axisUnit{" " + s.Prefix + string(unit.Written()), s.Factor}
}

// roundTicks marks an axis at multiples of 1, 2 or 5 times a power of ten, at most so
// many.
type roundTicks struct {
	unit axisUnit
	most int
}

// Ticks implements plot.Ticker. There are none on a range that is empty, infinite or too
// narrow for float64.
func (r roundTicks) Ticks(low, high float64) (ticks []plot.Tick) {
	span := high - low
	if !(span > 1e-12*max(math.Abs(low), math.Abs(high))) || math.IsInf(span, 0) {
		return nil
	}
	power := math.Pow(10, math.Floor(math.Log10(span/float64(r.most))))
	for _, m := range []float64{1, 2, 5, 10, 20, 50} {
		step := m * power
		first, last := math.Ceil(low/step-1e-9), math.Floor(high/step+1e-9)
		if last-first >= float64(r.most) {
			continue
		}
		for i := first; i <= last; i++ {
			ticks = append(ticks, plot.Tick{Value: i * step, Label: r.label(i*step, step)})
		}
		break
	}
	return ticks
}

func (r roundTicks) label(v, step float64) string {
	decimals := max(0, int(math.Ceil(-math.Log10(step/r.unit.size)-1e-9)))
	if v == 0 {
		return "0" + strings.TrimLeft(r.unit.name, " BkMGTsµmn") // 0 without a unit, but 0% and 0×
	}
	return strconv.FormatFloat(v/r.unit.size, 'f', decimals, 64) + r.unit.name
}

// tailScale stretches a percentile axis by -log10(1-q), so that 90, 99 and
// 99.9 stand equally far apart.
type tailScale struct{}

// Normalize implements plot.Normalizer for quantiles from 0 to below 1.
func (tailScale) Normalize(low, high, q float64) float64 {
	return (tail(q) - tail(low)) / (tail(high) - tail(low))
}

func tail(q float64) float64 { return -math.Log10(1 - q) }

// tailTicks marks the usual percentiles.
type tailTicks struct{}

// Ticks implements plot.Ticker.
func (tailTicks) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for _, p := range []float64{0, 50, 90, 95, 99, 99.9, 99.99, 99.999} {
		if q := p / 100; q >= low && q <= high+1e-12 { // 1-10/10000 is a little below 0.999
			ticks = append(ticks, plot.Tick{Value: min(q, high), Label: strconv.FormatFloat(p, 'f', -1, 64) + "%"})
		}
	}
	return ticks
}

package comparison

import (
	"math"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// Value is the metric of one variant.
const Value Name = "value"

type value struct{}

func (value) Facts() Facts { return Facts{Name: Value} }

// Scale is logarithmic if the metric is skewed.
func (value) Scale(m metric.Name) Scale { return FigureScale(m) }

// FigureScale is the scale on which the figures of one variant are averaged. Claims and
// tables share it, so that one quantity has one interval.
func FigureScale(m metric.Name) Scale {
	if m.Skewed() {
		return logFigure
	}
	return plainScale(func(of, _ float64) float64 { return of })
}

// logFigure reads a bound of 0 as a nanosecond, because every measured time is longer.
var logFigure = Scale{
	Of:     func(of, _ float64) float64 { return math.Log(of) },
	To:     func(bound float64) float64 { return math.Log(max(bound, 1e-9)) },
	From:   math.Exp,
	Factor: true,
}

func (value) Shares(of, _ []float64, hits uint64, level float64) stats.Interval {
	return ShareInterval(of, hits, level)
}

func (value) Show(m metric.Name, x float64) string { return m.Show(x) }

func (value) CheckBound(m metric.Name, e End) string { return e.checkFigure(Value, m) }

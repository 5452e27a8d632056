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
//
// It is logarithmic for waiting times alone. Their claim is on the geometric mean, the wait
// of a typical trial. What a service uses, such as CPU time, connections or memory, is paid
// for by its mean, and the logarithm is no remedy for its skew: a bound on the geometric
// mean lies too low for the mean, the more so the more blocks there are. Simulated with
// lognormal trials, the upper end of a plain 90% interval misses the mean in 5.6% at a
// coefficient of variation of 6% (the median for CPU time in the committed runs; 4% for
// connections, 1% for memory), in 7% at 15%, and in 9% at 33% (the largest for CPU time);
// on logarithms in 5.5%, 6 to 7% and 8 to 10%. Growth of memory may be negative. A share
// of errors, often 0 and with as much scatter as mean, has a scale of its own: see
// [ShareInterval].
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

func (value) Shares(of, _ Shares, level float64) stats.Interval { return of.interval(level) }

func (value) Show(m metric.Name, x float64) string { return m.Show(x) }

func (value) CheckBound(m metric.Name, e End) string { return e.checkFigure(Value, m) }

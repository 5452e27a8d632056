package load

import (
	"fmt"
	"math"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

var rampKind = shapeKind{
	marks: []string{"to"}, needs: []string{"rate", "for"},
	is:   func(p Phase) bool { return p.To > 0 },
	of:   func(p Phase) Shape { return ramp{float64(p.Rate), (float64(p.To) - float64(p.Rate)) / p.For.Seconds()} },
	show: func(p Phase) string { return fmt.Sprintf("%s to %s", p.Rate, p.To) },
	check: func(p Phase, _ func(string) bool, fail Fail) {
		if p.To == 0 {
			fail("to", throughZero)
		}
	},
}

// ramp is a straight line: from in hits per second, slope in hits per second each
// second.
type ramp struct{ from, slope float64 }

func (r ramp) Between(from, to time.Duration) float64 {
	a, b := from.Seconds(), to.Seconds()
	return (b - a) * (r.from + r.slope*(a+b)/2)
}

// Due solves x = from·t + slope·t²/2, in the form that keeps its precision for a slope
// near 0.
func (r ramp) Due(x float64) time.Duration {
	root := math.Sqrt(max(0, r.from*r.from+2*r.slope*x)) // below 0 only by rounding
	return offset(2 * x / (r.from + root))
}

func (r ramp) Rate(at time.Duration) metric.Rate { return metric.Rate(r.from + r.slope*at.Seconds()) }

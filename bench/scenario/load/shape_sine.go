package load

import (
	"fmt"
	"math"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

var sineKind = shapeKind{
	marks: []string{"amplitude", "period"}, needs: []string{"rate", "for"},
	is:   func(p Phase) bool { return p.Period > 0 },
	of:   func(p Phase) Shape { return wave{float64(p.Rate), float64(p.Amplitude), p.Period.Seconds()} },
	show: func(p Phase) string { return fmt.Sprintf("%s ± %s every %s", p.Rate, p.Amplitude, p.Period) },
	check: func(p Phase, has func(string) bool, fail Fail) {
		if has("period") && p.Period == 0 {
			fail("period", "is 0: write it like 20s")
		}
		if p.Amplitude > p.Rate {
			fail("amplitude", "%s is above the rate of %s, so the rate falls below 0/s: want at most the rate", p.Amplitude, p.Rate)
		}
	},
}

// wave is a sine around a mean. It begins at the mean and rises.
type wave struct{ mean, amplitude, period float64 }

func (w wave) Between(from, to time.Duration) float64 {
	return w.by(to.Seconds()) - w.by(from.Seconds())
}

func (w wave) by(t float64) float64 {
	return w.mean*t + w.swing()*(1-math.Cos(2*math.Pi*t/w.period))
}

// swing is half the largest number of hits by which the sine leads its mean.
func (w wave) swing() float64 { return w.amplitude * w.period / (2 * math.Pi) }

// Due finds the time by bisection, because the equation has no closed solution. It
// stops at a tenth of a nanosecond, after about 35 steps.
func (w wave) Due(x float64) time.Duration {
	low, high := max(0, (x-2*w.swing())/w.mean), x/w.mean
	for high-low > 1e-10 {
		middle := (low + high) / 2
		if middle == low || middle == high {
			break // the precision of float64 is reached
		}
		if w.by(middle) < x {
			low = middle
		} else {
			high = middle
		}
	}
	return offset((low + high) / 2)
}

func (w wave) Rate(at time.Duration) metric.Rate {
	return metric.Rate(w.mean + w.amplitude*math.Sin(2*math.Pi*at.Seconds()/w.period))
}

package load

import (
	"time"

	"github.com/memproof/memproof/bench/metric"
)

var constantKind = shapeKind{
	marks: []string{"rate"}, needs: []string{"for"},
	is:   func(Phase) bool { return true },
	of:   func(p Phase) Shape { return ConstantRate(p.Rate) },
	show: func(p Phase) string { return p.Rate.String() },
}

// ConstantRate is a rate that never changes. At 0 it is a rest.
type ConstantRate metric.Rate

func (c ConstantRate) Between(from, to time.Duration) float64 {
	return float64(c) * (to - from).Seconds()
}

func (c ConstantRate) Due(x float64) time.Duration { return offset(x / float64(c)) }

func (c ConstantRate) Rate(time.Duration) metric.Rate { return metric.Rate(c) }

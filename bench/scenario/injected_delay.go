package scenario

import (
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// delayControl delays every answer. The measured delay is the median response time less
// the baseline's. The proxy that adds it costs about 1 ms itself. In seven runs the
// interval had a half-width of 0.6 to 3.5 of 40 ms, so its band is wider than memory's.
var delayControl = InjectedControl{
	Arm: DelayArm, Metric: "latency.p50", Of: []metric.Pattern{"latency.*"}, Band: 0.25,

	Asked: func(s *Scenario) float64 { return s.Controls.Delay.Seconds() },
	Default: func(s *Scenario, shown float64) float64 {
		delay := max(leastDelay, time.Duration(delayShare*shown*float64(time.Second)).Truncate(time.Millisecond))
		return min(delay, s.shortestTimeout()/2).Seconds()
	},
	Inject: func(amount float64) *Injection {
		return &Injection{Delay: time.Duration(amount * float64(time.Second)).Round(time.Microsecond)}
	},
}

// A fifth of the baseline's median response time, and at least 20 ms.
const (
	leastDelay = 20 * time.Millisecond
	delayShare = 0.2
)

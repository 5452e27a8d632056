package scenario

import (
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// delayControl delays every answer. The measured delay is the median response time less
// the baseline's. The proxy that adds it costs about 1 ms itself, so its band is wider
// than memory's. A band of a quarter would let pass a meter that reads 80%.
var delayControl = InjectedControl{
	Arm: DelayArm, Metric: "latency.p50", Of: []metric.Pattern{"latency.*"}, Band: 0.15,

	Asked: func(s *Scenario) float64 { return s.Controls.Delay.Seconds() },
	Default: func(s *Scenario, shown float64) float64 {
		delay := max(leastDelay, time.Duration(delayShare*shown*float64(time.Second)).Truncate(time.Millisecond))
		return min(delay, s.shortestTimeout()/2).Seconds()
	},
	Inject: func(amount float64) *Injection {
		return &Injection{Delay: time.Duration(amount * float64(time.Second)).Round(time.Microsecond)}
	},
}

// Two fifths of the baseline's median response time, and at least 40 ms: readings may
// then scatter by 1.2% of that time (their standard deviation) before a healthy run fails.
const (
	leastDelay = 40 * time.Millisecond
	delayShare = 0.4
)

package scenario

import (
	"math"

	"github.com/memproof/memproof/bench/metric"
)

// memoryControl adds memory next to the variant. It is compared in the idle phase,
// before the service's own memory varies. In seven runs with 80 and 160 MB added, the
// interval had a half-width of 0.3 to 4.6 MB.
var memoryControl = InjectedControl{
	Arm: MemoryArm, Metric: metric.MemoryIdle, InWindow: metric.MemoryMean,
	Of:   []metric.Pattern{"memory.*", "docker_stats.*", "pss.*", "rss.*", "usage.*", "worker.*"},
	Band: 0.10,

	Asked: func(s *Scenario) float64 { return float64(s.Controls.Memory) },
	Default: func(_ *Scenario, shown float64) float64 {
		return max(leastMemoryInjected, math.Trunc(memoryShare*shown/1e6)*1e6)
	},
	Inject: func(amount float64) *Injection { return &Injection{Memory: metric.Bytes(amount)} },
}

// Half of the baseline's memory at rest, and at least 64 MB: readings may then scatter by
// 2.5% (their standard deviation) before the interval leaves the band.
const (
	leastMemoryInjected = 64e6 // bytes
	memoryShare         = 0.5
)

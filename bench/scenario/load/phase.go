package load

import (
	"cmp"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// Rests reports whether the phase sends no request: its rate is 0/s. The figures are
// then of the unloaded variant.
func (p Phase) Rests() bool {
	rate, constant := p.Shape().(ConstantRate)
	return constant && rate == 0
}

// Hits returns how many requests the phase sends.
func (p Phase) Hits() uint64 { return uint64(p.Shape().Between(0, p.For) + 0.5) }

func (p Phase) speed() float64 { return cmp.Or(p.Speed, 1) }

// Phase is a stretch of the load whose rate has one shape. The rate may be constant
// (0/s for no load), a line from rate to to, or steps of equal length. It may also be a
// sine of an amplitude around rate, which begins there and rises, or the replay of a
// recorded trace.
type Phase struct {
	Name         string        `yaml:"name"`
	Rate         metric.Rate   `yaml:"rate" also:"rps,rate_per_second,qps"`
	To           metric.Rate   `yaml:"to"`
	Steps        []metric.Rate `yaml:"steps"`
	Amplitude    metric.Rate   `yaml:"amplitude"`                       // of the sine; at most its rate
	Period       time.Duration `yaml:"period"`                          // of the sine
	Trace        string        `yaml:"trace"`                           // name of the file with a recorded trace, see [ReadTrace]
	Speed        float64       `yaml:"speed"`                           // of the replay; 2 takes half the time
	For          time.Duration `yaml:"for" also:"duration,time,length"` // of a replay: its cut-off; by default the trace's length
	Measure      bool          `yaml:"measure"`                         // marks the window: figures come from this phase only
	CapacityStep bool          `yaml:"capacity_step" also:"probe"`      // can its rate be sustained? Constant rate, after the window

	Recorded Trace `yaml:"-"` // the content of Trace
}

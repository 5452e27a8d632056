package load

import (
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// Rests says that the phase sends nothing: its rate is 0/s. What is measured then
// is what the variant holds by itself.
func (p Phase) Rests() bool {
	rate, constant := p.Shape().(ConstantRate)
	return constant && rate == 0
}

// Hits is how many requests the phase sends.
func (p Phase) Hits() uint64 { return uint64(p.Shape().Between(0, p.For) + 0.5) }

func (p Phase) speed() float64 {
	if p.Speed == 0 {
		return 1
	}
	return p.Speed
}

// Phase is a stretch of the load whose rate has one shape: constant at rate,
// which may be 0/s for a rest; a line from rate to to; steps, each equally long; a
// sine of an amplitude around rate, beginning there and rising; or the replay of a
// recorded trace.
type Phase struct {
	Name      string        `yaml:"name"`
	Rate      metric.Rate   `yaml:"rate" also:"rps,rate_per_second,qps"`
	To        metric.Rate   `yaml:"to"`
	Steps     []metric.Rate `yaml:"steps"`
	Amplitude metric.Rate   `yaml:"amplitude"`                       // of the sine; at most its rate
	Period    time.Duration `yaml:"period"`                          // of the sine
	Trace     string        `yaml:"trace"`                           // file with a recorded trace, see [ReadTrace]
	Speed     float64       `yaml:"speed"`                           // of the replay; 2 takes half the time
	For       time.Duration `yaml:"for" also:"duration,time,length"` // of a replay: cuts it off; by default its length
	Measure   bool          `yaml:"measure"`                         // the window: figures come from this phase alone
	Probe     bool          `yaml:"probe"`                           // asks whether its rate can be sustained; of constant rate, after the window

	Recorded Trace `yaml:"-"` // what Trace holds
}

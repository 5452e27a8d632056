package scenario

import (
	"slices"

	"github.com/memproof/memproof/bench/metric"
)

// InjectedControl is the baseline with a known amount of something added from outside.
// The instrument must find the amount: the interval of what it found must lie inside the
// band.
type InjectedControl struct {
	Arm string // its name
	// Metric is where the amount must be found. The window's figure of InWindow is shown
	// beside it and decides nothing; empty: none.
	Metric   metric.Name
	InWindow metric.Name
	Of       []metric.Pattern // the metrics that it speaks for
	Band     float64          // how far off the interval's ends may lie, as a share of the amount

	// Asked is the amount that the scenario asks for, in the metric's unit; 0: none.
	Asked func(*Scenario) float64
	// Default is the amount where none is asked for. It grows with what the baseline
	// shows of the metric, as the scatter of readings does; at 0 it is the least amount.
	Default func(s *Scenario, shown float64) float64
	// Inject is what to add from outside.
	Inject func(amount float64) *Injection
}

// InjectedControls are all, in the order in which they are reported.
var InjectedControls = []InjectedControl{memoryControl, delayControl}

// InjectedOf is the control of that arm. It panics at a name that is none.
func InjectedOf(arm string) InjectedControl {
	return InjectedControls[slices.IndexFunc(InjectedControls, func(in InjectedControl) bool { return in.Arm == arm })]
}

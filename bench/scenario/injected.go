package scenario

import (
	"slices"

	"github.com/memproof/memproof/bench/metric"
)

// InjectedControl is the baseline with a known amount of memory or delay added from
// outside. The instrument must find the amount: the interval of the measured amount
// must lie inside the band.
type InjectedControl struct {
	Arm string // its name
	// Metric is the metric that must show the amount. The window's figure of InWindow
	// is shown next to it and decides nothing; empty: none.
	Metric   metric.Name
	InWindow metric.Name
	Of       []metric.Pattern // the metrics that it validates
	Band     float64          // how far the interval's ends may be from the amount, as a share of it

	// Asked is the amount that the scenario asks for, in the metric's unit; 0: none.
	Asked func(*Scenario) float64
	// Default is the amount if the scenario asks for none. It grows with the baseline's
	// figure of the metric (shown), because the scatter of readings does. At 0 it is
	// the least amount.
	Default func(s *Scenario, shown float64) float64
	// Inject returns the injection of that amount.
	Inject func(amount float64) *Injection
}

// InjectedControls lists all, in the order of the report.
var InjectedControls = []InjectedControl{memoryControl, delayControl}

// InjectedOf returns the control of that arm. It panics on an unknown name.
func InjectedOf(arm string) InjectedControl {
	return InjectedControls[slices.IndexFunc(InjectedControls, func(in InjectedControl) bool { return in.Arm == arm })]
}

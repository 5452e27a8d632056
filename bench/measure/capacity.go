package measure

import (
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// capacityStep gathers the hits of a capacity step.
type capacityStep struct {
	load.Phase
	from     time.Duration // offset from the start of the load
	response []float64     // seconds; a failed hit waited for its time-out
	failed   int
}

// capacityStepsOf returns the scenario's capacity steps in order.
func capacityStepsOf(s *scenario.Scenario) (all []*capacityStep) {
	at := time.Duration(0)
	for _, p := range s.Load.Phases {
		if p.CapacityStep {
			all = append(all, &capacityStep{Phase: p, from: at})
		}
		at += p.For
	}
	return all
}

func (c *capacityStep) add(h metric.Hit, waited time.Duration) {
	if h.Intended < c.from || h.Intended >= c.from+c.For {
		return
	}
	c.response = append(c.response, waited.Seconds())
	if !h.OK() {
		c.failed++
	}
}

// sustained reports whether the variant sustained the rate: at most 1% of the requests
// failed, and 95% took at most limit.
func (c *capacityStep) sustained(limit time.Duration) bool {
	if len(c.response) == 0 || float64(c.failed) > 0.01*float64(len(c.response)) {
		return false
	}
	slices.Sort(c.response)
	return stats.Quantile(c.response, 0.95) <= limit.Seconds()
}

// sustainedRate sets the highest rate up to which every capacity step was sustained.
func (m *measurement) sustainedRate(steps []*capacityStep) {
	if len(steps) == 0 {
		return
	}
	switch failed := slices.IndexFunc(steps, func(c *capacityStep) bool { return !c.sustained(m.scenario.Load.CapacityLatency) }); failed {
	case -1:
		m.absent(metric.SustainedRate, "%s was sustained, and no higher rate was tried", steps[len(steps)-1].Rate)
	case 0:
		m.absent(metric.SustainedRate, "the lowest rate, %s, was not sustained", steps[0].Rate)
	default:
		m.set(metric.SustainedRate, float64(steps[failed-1].Rate))
	}
}

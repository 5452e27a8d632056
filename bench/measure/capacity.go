package measure

import (
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// probe gathers the hits of a capacity step.
type capacityStep struct {
	load.Phase
	from, to time.Duration // offsets from the start of the load
	response []float64     // seconds; a failed hit waited for its time-out
	failed   int
}

// probesOf returns the scenario's capacity steps in order.
func capacityStepsOf(s *scenario.Scenario) (all []*capacityStep) {
	at := time.Duration(0)
	for _, p := range s.Load.Phases {
		if p.CapacityStep {
			all = append(all, &capacityStep{Phase: p, from: at, to: at + p.For})
		}
		at += p.For
	}
	return all
}

func (p *capacityStep) see(h metric.Hit, waited time.Duration) {
	if h.Intended < p.from || h.Intended >= p.to {
		return
	}
	p.response = append(p.response, waited.Seconds())
	if !h.OK() {
		p.failed++
	}
}

// sustained reports whether the variant sustained the rate: at most 1% of the requests
// failed, and 95% took at most limit.
func (p *capacityStep) sustained(limit time.Duration) bool {
	if len(p.response) == 0 || float64(p.failed) > 0.01*float64(len(p.response)) {
		return false
	}
	slices.Sort(p.response)
	return stats.Quantile(p.response, 0.95) <= limit.Seconds()
}

// sustained sets the highest rate up to which every capacity step was sustained.
func (m *measurement) maxRate(probes []*capacityStep) {
	if len(probes) == 0 {
		return
	}
	limit := m.scenario.Load.CapacityLatency
	for i, p := range probes {
		switch {
		case p.sustained(limit):
			continue
		case i == 0:
			m.absent(metric.SustainedRate, "not even %s was sustained", p.Rate)
		default:
			m.set(metric.SustainedRate, float64(probes[i-1].Rate))
		}
		return
	}
	m.absent(metric.SustainedRate, "%s was sustained, and nothing higher was tried", probes[len(probes)-1].Rate)
}

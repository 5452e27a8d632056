package measure

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// minHitsBeyond is the fewest hits beyond a quantile for a trial to have a figure of it.
// A claim needs more.
const minHitsBeyond = 20

// hits sets latency, errors and the generator's figures. A hit belongs to the window if
// its intended time does. [metric.Hit.Waited] gives its waiting time.
func (m *measurement) hits() error {
	from, to := m.scenario.WindowOffsets()
	var response, lag []float64
	failed := failures{kinds: map[string]int{}}
	targets, steps := m.scenario.Load.Mix(), capacityStepsOf(m.scenario)
	err := m.trial.Hits(func(h metric.Hit) error {
		target, err := scenario.Asked(h, targets)
		if err != nil {
			return err
		}
		m.responses.add(h)
		if h.OK() {
			m.answered++
		} else if h.Error != "" {
			m.unanswered++
		}
		waited := h.Waited(target.Timeout)
		for _, step := range steps {
			step.add(h, waited)
		}
		if h.Intended >= from && h.Intended < to {
			failed.add(h)
			response = append(response, waited.Seconds())
			lag = append(lag, h.Lag().Seconds())
		}
		return nil
	})
	if err != nil {
		return err
	}
	m.sustainedRate(steps)
	m.windowHits = len(response)
	m.generatorLoad()
	switch {
	case m.scenario.Window().Rests():
		for _, name := range append([]metric.Name{metric.Errors, metric.ErrorsReset, metric.SendLagP99}, m.quantileNames()...) {
			m.absent(name, "%s", noRequests)
		}
	case m.windowHits == 0:
		m.invalid(metric.NoRequests, nil, "no request was sent in the window")
	default:
		m.failures(failed)
		m.quantiles(response)
		m.sendLag(lag)
	}
	return nil
}

// noRequests is the reason why figures of requests are absent.
const noRequests = "no request is sent in the window"

// failures sets the share of failed hits. Above the scenario's limit the variant did
// less work than the variants that it is compared with.
func (m *measurement) failures(f failures) {
	share := float64(f.all) / float64(m.windowHits)
	m.set(metric.Errors, share)
	if !f.noConnection { // otherwise the run is too old to record connections
		m.set(metric.ErrorsReset, float64(f.resets)/float64(m.windowHits))
	}
	allowed := float64(m.scenario.Load.MaxErrors)
	if share <= allowed {
		return
	}
	remedy := "mend the service or the request, or allow more by load.max_errors"
	if 2*f.resets > f.all { // the service may be right to close them
		remedy = fmt.Sprintf(
			"the service may close connections that were idle for less than load.keep_alive, %v: lower that", m.scenario.Load.KeepAlive)
	}
	m.failed(metric.RequestsFailed, "%d of %d requests failed, at most %s allowed; most often: %s; %s",
		f.all, m.windowHits, metric.Percent(allowed), f.mostFrequent(), remedy)
}

func (m *measurement) quantiles(response []float64) {
	slices.Sort(response)
	for _, name := range m.quantileNames() {
		q, _ := name.LatencyQuantile()
		if beyond := float64(len(response)) * (1 - q); beyond < minHitsBeyond-1e-6 {
			m.absent(name, "%.0f of the window's %d hits lie beyond it, fewer than %d", beyond, len(response), minHitsBeyond)
			continue
		}
		m.set(name, stats.Quantile(response, q))
	}
}

// quantileNames returns the quantiles with their own definition, and the claims'.
func (m *measurement) quantileNames() (names []metric.Name) {
	var all []metric.Name
	for _, d := range metric.Definitions() {
		all = append(all, d.Name)
	}
	for _, c := range m.scenario.Claims {
		all = append(all, c.Metric)
	}
	for _, name := range all {
		if _, ok := name.LatencyQuantile(); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// sendLag checks that the load generator kept the schedule. Late requests say nothing
// about the service, unless the service kept all workers of the generator waiting.
func (m *measurement) sendLag(lag []float64) {
	slices.Sort(lag)
	p99 := stats.Quantile(lag, 0.99)
	m.set(metric.SendLagP99, p99)
	switch limit := m.scenario.Load.MaxLag; {
	case p99 <= limit.Seconds():
	case m.trial.Load.MostInFlight >= m.scenario.Load.Workers:
		m.failed(metric.TooSlow,
			"the service is too slow for the rate: all %d workers of the generator waited for it, and requests were sent %s late at p99; "+
				"lower the rate or raise load.workers", m.scenario.Load.Workers, formatSeconds(p99))
	default:
		m.invalid(metric.GeneratorBehind, metric.TimeMetrics,
			"the generator fell behind: send lag p99 %s, at most %s allowed", formatSeconds(p99), limit)
	}
}

// generatorLoad checks that every request was sent, and sets the generator's CPU time.
// That is never a fault: its effect on the service shows in the send lag.
func (m *measurement) generatorLoad() {
	l := m.trial.Load
	if l.Sent != l.Offered {
		m.invalid(metric.RequestsUnsent, nil, "the generator sent %d of %d requests", l.Sent, l.Offered)
	}
	if l.CPUSeconds <= 0 {
		m.absent(metric.GeneratorCPU, "the generator's CPU time is not known")
		return
	}
	m.set(metric.GeneratorCPU, l.CPUSeconds/m.scenario.LoadLength().Seconds())
}

// failures counts the failed hits of a window by their reason.
type failures struct {
	all          int
	resets       int  // hits on a [metric.ResetConnection]
	noConnection bool // a hit has no record of its connection
	kinds        map[string]int
}

// maxFailureKinds limits the memory for a file in which every message differs.
const maxFailureKinds = 1000

func (f *failures) add(h metric.Hit) {
	f.noConnection = f.noConnection || h.Connection == metric.UnknownConnection
	if h.Connection == metric.ResetConnection {
		f.resets++
	}
	if h.OK() {
		return
	}
	f.all++
	kind := h.Failure()
	if _, known := f.kinds[kind]; !known && len(f.kinds) >= maxFailureKinds {
		kind = "others"
	}
	f.kinds[kind]++
}

// mostFrequent returns the most frequent kind; among equals, the first by name.
func (f *failures) mostFrequent() (most string) {
	for _, kind := range slices.Sorted(maps.Keys(f.kinds)) {
		if f.kinds[kind] > f.kinds[most] {
			most = kind
		}
	}
	return most
}

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

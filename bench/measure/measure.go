// Package measure computes the figures of a trial from its raw data. A figure that
// cannot be measured is absent with the reason, never 0.
package measure

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// minHitsBeyond is the fewest hits beyond a quantile for a trial to have a figure of it.
// A claim needs more.
const minHitsBeyond = 20

// measure computes a trial's figures from its raw data and finds its own faults;
// [Cache.Block] compares it with its block.
func measure(sc *scenario.Scenario, t *record.Trial) (*measurement, error) {
	m := &measurement{scenario: sc, trial: t, missing: map[string]string{}, out: TrialResult{
		Block: t.Block, Position: t.Position, Variant: t.Variant,
		Figures: map[metric.Name]float64{}, Absent: map[metric.Name]string{},
		Invalid: slices.Clone(t.Broken), Failed: slices.Clone(t.Failed), Notes: slices.Clone(t.Notes),
	}}
	for _, step := range []func() error{m.hits, m.samples, m.counters, m.log} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("%s: %w", t.Label(), err)
		}
	}
	m.excuse()
	return m, nil
}

type measurement struct {
	scenario *scenario.Scenario
	trial    *record.Trial
	out      TrialResult

	answered   uint64 // 2xx over the whole load
	unanswered uint64 // requests without a complete answer: the service may have done their work
	windowHits int
	responses  fingerprint

	window  record.Span
	missing map[string]string // the latest reason for a missing reading in the window, by subject
	cpu     cpuTime           // of the variant in the window
}

func (m *measurement) set(name metric.Name, v float64) { m.out.Figures[name] = v }

func (m *measurement) absent(name metric.Name, format string, args ...any) {
	m.out.Absent[name] = fmt.Sprintf(format, args...)
}

// invalid records that the measurement broke. spoils lists the metrics that it breaks;
// empty means all.
func (m *measurement) invalid(code metric.Code, spoils []metric.Pattern, format string, args ...any) {
	m.out.Invalid = append(m.out.Invalid, metric.Because(code, spoils, format, args...))
}

// failed records a fault of the variant, not of the measurement.
func (m *measurement) failed(code metric.Code, format string, args ...any) {
	m.out.Failed = append(m.out.Failed, metric.Because(code, nil, format, args...))
}

// excuse turns faults into notes if the service lost its Docker daemon or a sidecar:
// the trial is then INVALID, not FAILED. How the service itself ended stays a fault.
func (m *measurement) excuse() {
	if !m.trial.Exit.Excused() {
		return
	}
	m.out.Failed = slices.DeleteFunc(m.out.Failed, func(r metric.Reason) bool {
		own := r.Code == metric.OutOfMemory || r.Code == metric.EndedUnasked
		if !own {
			m.out.Notes = append(m.out.Notes, r)
		}
		return !own
	})
}

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
		remedy = fmt.Sprintf("the service may close connections that were idle for less than load.keep_alive, %v: lower that", m.scenario.Load.KeepAlive)
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
		m.failed(metric.TooSlow, "the service is too slow for the rate: all %d workers of the generator waited for it, and requests were sent %s late at p99; "+
			"lower the rate or raise load.workers", m.scenario.Load.Workers, formatSeconds(p99))
	default:
		m.invalid(metric.GeneratorBehind, metric.TimeMetrics, "the generator fell behind: send lag p99 %s, at most %s allowed", formatSeconds(p99), limit)
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

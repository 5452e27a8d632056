// Package measure computes the figures of a trial from its raw data. A figure that
// cannot be measured is absent with the reason, never 0.
package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// shownHits is the fewest hits beyond a quantile for a trial to have a figure of it. A
// claim needs more, quantileHits. A shown figure decides nothing, and the interval over
// the trials shows its scatter.
const shownHits = 20

// sampleGap is the longest time in a window without a reading of the headline memory.
// Beyond it the window counts as not observed.
const sampleGap = 5 * time.Second

// measure computes a trial's figures from its raw data and finds its own faults;
// [Cache.Block] compares it with its block.
func measure(sc *scenario.Scenario, t *record.Trial) (*measurement, error) {
	m := &measurement{scenario: sc, trial: t, out: TrialResult{
		Block: t.Block, Position: t.Position, Variant: t.Variant,
		Figures: map[metric.Name]float64{}, Absent: map[metric.Name]string{},
		Invalid: slices.Clone(t.Broken), Failed: slices.Clone(t.Failed), Notes: slices.Clone(t.Notes),
	}}
	if err := m.hits(); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Label(), err)
	}
	if err := m.samples(); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Label(), err)
	}
	m.counters()
	m.reported()
	if err := errors.Join(m.logLines(), m.held()); err != nil {
		return nil, fmt.Errorf("%s: %w", t.Label(), err)
	}
	m.excuse()
	return m, nil
}

type measurement struct {
	scenario *scenario.Scenario
	trial    *record.Trial
	out      TrialResult

	answered   uint64 // 2xx over the whole load
	unheard    uint64 // requests without a complete answer: the service may have done their work
	windowHits int
	noPSS      string // why the window's samples lack the values of smaps_rollup; empty if they have them
	did        responseFingerprint
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
// its intended time does. [Hit.Waited] gives its waiting time.
func (m *measurement) hits() error {
	from, to := m.scenario.WindowOffsets()
	var response, lag []float64
	var failed failures
	targets, probes := m.scenario.Load.Mix(), capacityStepsOf(m.scenario)
	err := m.trial.Hits(func(h metric.Hit) error {
		asked, err := scenario.Asked(h, targets)
		if err != nil {
			return err
		}
		m.did.see(h)
		if h.OK() {
			m.answered++
		} else if h.Error != "" {
			m.unheard++
		}
		waited := h.Waited(asked.Timeout)
		for _, p := range probes {
			p.see(h, waited)
		}
		if h.Intended < from || h.Intended >= to {
			return nil
		}
		failed.see(h)
		response = append(response, waited.Seconds())
		lag = append(lag, h.Lag().Seconds())
		return nil
	})
	if err != nil {
		return err
	}
	m.maxRate(probes)
	m.windowHits = len(response)
	m.allSent()
	m.generatorCPU()
	switch {
	case m.scenario.Window().Rests():
		for _, name := range append([]metric.Name{metric.Errors, metric.ErrorsReset, metric.SendLagP99}, m.quantilesAsked()...) {
			m.absent(name, "%s", atRest)
		}
	case m.windowHits == 0:
		m.invalid(metric.NoRequests, nil, "no request was sent in the window")
	default:
		m.failures(failed)
		m.quantiles(response)
		m.generator(lag)
	}
	return nil
}

// atRest is the reason why figures of requests are absent.
const atRest = "the window is a rest, in which no request is sent"

// failures sets the share of failed hits. Above the scenario's limit the variant did
// less work than the variants that it is compared with.
func (m *measurement) failures(f failures) {
	share := float64(f.all) / float64(m.windowHits)
	m.set(metric.Errors, share)
	if !f.silent { // otherwise the run is too old to record connections
		m.set(metric.ErrorsReset, float64(f.resets)/float64(m.windowHits))
	}
	if allowed := float64(m.scenario.Load.MaxErrors); share > allowed {
		m.failed(metric.RequestsFailed, "%d of %d requests failed, %s allowed; most often: %s; %s", f.all, m.windowHits, metric.Percent(allowed), f.mostOften(), m.remedy(f))
	}
}

// remedy says what to do about failed requests. If most are resets of reused
// connections, the service may be right to close them.
func (m *measurement) remedy(f failures) string {
	if 2*f.resets <= f.all {
		return "mend the service or the request, or allow more by load.max_errors"
	}
	return fmt.Sprintf("the service may close connections that were idle for less than load.keep_alive, %v: lower that", m.scenario.Load.KeepAlive)
}

func (m *measurement) quantiles(response []float64) {
	slices.Sort(response)
	for _, name := range m.quantilesAsked() {
		q, _ := name.LatencyQuantile()
		if beyond := float64(len(response)) * (1 - q); beyond < shownHits-1e-6 {
			m.absent(name, "%.0f of the window's %d hits lie beyond it, fewer than %d", beyond, len(response), shownHits)
			continue
		}
		m.set(name, stats.Quantile(response, q))
	}
}

// quantilesAsked returns the quantiles with their own definition, and the claims'.
func (m *measurement) quantilesAsked() (names []metric.Name) {
	for _, d := range metric.Definitions() {
		if _, ok := d.Name.LatencyQuantile(); ok {
			names = append(names, d.Name)
		}
	}
	for _, c := range m.scenario.Claims {
		if _, ok := c.Metric.LatencyQuantile(); ok && !slices.Contains(names, c.Metric) {
			names = append(names, c.Metric)
		}
	}
	return names
}

// generator checks that the load generator kept the schedule. Late requests say nothing
// about the service, unless the service kept all workers of the generator waiting.
func (m *measurement) generator(lag []float64) {
	slices.Sort(lag)
	p99 := stats.Quantile(lag, 0.99)
	m.set(metric.SendLagP99, p99)
	if limit := m.scenario.Load.MaxLag; p99 > limit.Seconds() && m.trial.Load.MostInFlight >= m.scenario.Load.Workers {
		m.failed(metric.TooSlow, "it is too slow for the rate: all %d workers of the generator waited for it, and requests were sent %s late at p99; lower the rate or raise load.workers",
			m.scenario.Load.Workers, metric.FormatValue(p99, metric.UnitSeconds))
	} else if p99 > limit.Seconds() {
		m.invalid(metric.GeneratorBehind, metric.TimeMetrics, "the generator fell behind: send lag p99 %s, allowed are %s", metric.FormatValue(p99, metric.UnitSeconds), limit)
	}
}

// generatorCPU is a figure and never a fault. Its effect on the service shows in the
// send lag, and a late generator makes the trial invalid.
func (m *measurement) generatorCPU() {
	seconds := m.trial.Load.CPUSeconds
	if seconds <= 0 {
		m.absent(metric.GeneratorCPU, "the generator's CPU time is not known")
		return
	}
	m.set(metric.GeneratorCPU, seconds/m.scenario.LoadLength().Seconds())
}

func (m *measurement) allSent() {
	if l := m.trial.Load; l.Sent != l.Offered {
		m.invalid(metric.RequestsUnsent, nil, "the generator sent %d of %d requests", l.Sent, l.Offered)
	}
}

// counters compares the requested work with the work done. Every 2xx must have exactly
// one row. A row may also exist for a response that was lost in transit: that request
// is already counted as an error.
func (m *measurement) counters() {
	least, most := float64(m.answered), float64(m.answered+m.unheard)
	if rows, ok := m.grown("ledger.rows"); ok && (rows < least || rows > most) {
		m.failed(metric.WorkLost, "%d requests were answered with success and the ledger grew by %.0f rows%s: mend the service, or database.rows_query if it counts something else", m.answered, rows, m.ofUnheard())
	} else if !ok && m.scenario.Database.RowsQuery != "" {
		m.invalid(metric.CountMissing, nil, "the ledger's rows could not be counted")
	}
	m.did.upstream = math.NaN()
	if n, ok := m.grown("upstream.requests"); ok {
		m.did.upstream = n
		if n < float64(m.answered) {
			m.failed(metric.WorkLost, "%d requests were answered with success and the upstream saw %.0f: mend the service, which has to ask it for each", m.answered, n)
		}
	}
	if n, ok := m.grown("upstream.connections_opened"); ok {
		m.set(metric.UpstreamConns, n)
	} else {
		m.absent(metric.UpstreamConns, "the upstream gave no such count")
	}
}

func (m *measurement) ofUnheard() string {
	if m.unheard == 0 {
		return ""
	}
	return fmt.Sprintf("; the answers of %d more were lost", m.unheard)
}

// told sets the figures that the variant reports about itself, as they stood after the
// window, or after a rest that follows it. It checks the counters that must not change.
func (m *measurement) reported() {
	told := m.trial.Window
	if told == nil {
		told = m.trial.After
	}
	for name, after := range told {
		if own, ok := strings.CutPrefix(name, metric.ServicePrefix); ok && metric.IsReportedName(own) {
			m.set(metric.Name(name), after)
		}
	}
	for _, name := range m.scenario.UnchangedCounters {
		switch d, ok := m.grown(metric.ServicePrefix + name); {
		case !ok:
			m.invalid(metric.CountMissing, nil, "%s does not tell %s", m.scenario.CountersPath, name)
		case d != 0:
			m.failed(metric.CounterChanged, "%s went from %s to %s under load: mend the service, or take the name out of unchanged", name,
				m.trial.Before.Show(metric.ServicePrefix+name), m.trial.After.Show(metric.ServicePrefix+name))
		}
	}
}

// grown returns the growth of a counter during the load.
func (m *measurement) grown(name string) (float64, bool) {
	_, ok1 := m.trial.Before[name]
	_, ok2 := m.trial.After[name]
	after := m.trial.After.Exactly(name)
	by, _ := after.Sub(after, m.trial.Before.Exactly(name)).Float64()
	return by, ok1 && ok2
}

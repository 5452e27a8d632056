package measure

import (
	"fmt"
	"math"
	"strings"

	"github.com/memproof/memproof/bench/metric"
)

// counters compares the requested work with the work done. Every 2xx must have exactly
// one row. A row may also exist for a response that was lost in transit: that request
// is already counted as an error.
func (m *measurement) counters() error {
	least, most := float64(m.answered), float64(m.answered+m.unanswered)
	if rows, ok := m.increase("ledger.rows"); ok && (rows < least || rows > most) {
		lost := ""
		if m.unanswered > 0 {
			lost = fmt.Sprintf("; the answers of %d more were lost", m.unanswered)
		}
		m.failed(metric.WorkLost, "%d requests were answered with success and the ledger grew by %.0f rows%s: "+
			"mend the service, or database.rows_query if it counts something else", m.answered, rows, lost)
	} else if !ok && m.scenario.Database.RowsQuery != "" {
		m.invalid(metric.CountMissing, nil, "the ledger's rows could not be counted")
	}
	m.responses.upstream = math.NaN()
	if n, ok := m.increase("upstream.requests"); ok {
		m.responses.upstream = n
		if n < least {
			m.failed(metric.WorkLost, "%d requests were answered with success and the upstream received %.0f: "+
				"mend the service, which has to send one for each", m.answered, n)
		}
	}
	if n, ok := m.increase("upstream.connections_opened"); ok {
		m.set(metric.UpstreamConns, n)
	} else {
		m.absent(metric.UpstreamConns, "the upstream did not report this counter")
	}
	m.serviceCounters()
	return nil
}

// serviceCounters sets the figures that the variant reports about itself, as of the end
// of the window, or of a phase without requests that follows it. It checks the counters
// that must not change.
func (m *measurement) serviceCounters() {
	reported := m.trial.Window
	if reported == nil {
		reported = m.trial.After
	}
	for name, after := range reported {
		if own, ok := strings.CutPrefix(name, metric.ServicePrefix); ok && metric.IsReportedName(own) {
			m.set(metric.Name(name), after)
		}
	}
	for _, name := range m.scenario.UnchangedCounters {
		counter := metric.ServicePrefix + name
		switch change, ok := m.increase(counter); {
		case !ok:
			m.invalid(metric.CountMissing, nil, "%s does not report %s", m.scenario.CountersPath, name)
		case change != 0:
			m.failed(metric.CounterChanged,
				"%s went from %s to %s under load: mend the service, or take the name out of unchanged_counters",
				name, m.trial.Before.Show(counter), m.trial.After.Show(counter))
		}
	}
}

// increase returns the increase of a counter during the load.
func (m *measurement) increase(name string) (float64, bool) {
	_, ok1 := m.trial.Before[name]
	_, ok2 := m.trial.After[name]
	after := m.trial.After.Exactly(name)
	by, _ := after.Sub(after, m.trial.Before.Exactly(name)).Float64()
	return by, ok1 && ok2
}

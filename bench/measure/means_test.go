package measure_test

import (
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

// TestDependencies: the figure is the mean of the window's readings, which only some
// samples have. Without a reading it is absent with the recorded reason.
func TestDependencies(t *testing.T) {
	m := measured(t, func(i int, s *metric.Sample) {
		if i%2 == 1 {
			return // not in every sample
		}
		memory, open := uint64(150e6), uint64(4)
		if i == 0 {
			open = 900 // long before the window
		}
		s.Dependencies = &metric.Dependencies{PostgresMemory: &memory, UpstreamOpen: &open}
		s.Missing = append(s.Missing, "postgres: connection refused")
	})
	checkFigure(t, m, metric.PostgresMemory, 150e6)
	checkFigure(t, m, metric.UpstreamOpen, 4)
	checkAbsent(t, m, metric.PostgresBackends, "connection refused")

	m = measured(t, func(int, *metric.Sample) {})
	_, has := m.Figures[metric.PostgresMemory]
	if has || m.Absent[metric.PostgresMemory] != "" {
		t.Errorf("a run from before these readings: %v, %q", m.Figures[metric.PostgresMemory], m.Absent[metric.PostgresMemory])
	}
}

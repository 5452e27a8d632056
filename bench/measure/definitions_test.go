package measure_test

import (
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// TestMeasureAndTableAgree: a trial mentions every metric of the table, and each metric
// that it mentions has a title and a unit there.
func TestMeasureAndTableAgree(t *testing.T) {
	f := fakerig.New()
	f.Report = func(r *record.LoadReport) { r.CPUSeconds = 1 }
	f.Hit = func(_ experiment.TrialPlan, h *metric.Hit) { h.Connection = metric.UsedConnection }
	f.Log = func(experiment.TrialPlan) string { return "starts\n" }
	f.Counters = func(experiment.TrialPlan, bool) record.Counters {
		return record.Counters{"service.restarts": 3, "service.boot_seconds": 0.25, "service.heap_bytes": 1e6}
	}
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { fakerig.SpoilSamples(s, fullSample) }
	v := fakerig.Execute(t, fakerig.Create(t,
		"load:", "counters_path: /counters\nlog_lines: {starts: starts}"+fakerig.SidecarScenario+"load:",
		"measure: true}", "measure: true}\n    - {name: step, rate: 60/s, for: 2s, capacity_step: true}",
		"metric: latency.p50", "metric: latency.p75",
	), f)
	mentioned := map[metric.Name]bool{}
	for m := range v.Trials[0].Figures {
		mentioned[definedAs(t, m)] = true
	}
	for m, why := range v.Trials[0].Absent {
		if mentioned[definedAs(t, m)] = true; why == "" {
			t.Errorf("%s is absent without a reason", m)
		}
	}
	for _, d := range metric.Definitions() {
		if !mentioned[d.Name] {
			t.Errorf("no trial mentions %s", d.Name)
		}
	}
}

// definedAs returns the name of the metric's definition.
func definedAs(t *testing.T, m metric.Name) metric.Name {
	t.Helper()
	d, ok := metric.Lookup(m)
	if !ok || d.Title == "" || d.Unit.Wants() == "" {
		t.Errorf("%s has no definition, or one without a title or a unit: %+v", m, d)
	}
	return d.Name
}

// fullSample fills a sample with every kind of reading.
func fullSample(i int, s *metric.Sample) {
	pss, open := uint64(1e6), uint64(2)
	waited, interrupts := 0.001*float64(i), 0.002*float64(i)
	s.Processes = []metric.Process{
		{PID: 1, RSS: pss, PSS: &pss, USS: &pss, PSSAnon: &pss, PSSFile: new(uint64), PSSShmem: new(uint64)},
		{PID: 2, PPID: 1, RSS: pss, PSS: &pss, USS: &pss, PSSAnon: &pss, PSSFile: new(uint64), PSSShmem: new(uint64)},
	}
	s.Dependencies = &metric.Dependencies{PostgresMemory: &pss, PostgresBackends: &open, UpstreamOpen: &open, Sidecars: map[string]uint64{"cache": pss}}
	s.Machine = &metric.Machine{Boot: "b", Wall: s.At, Up: float64(1000 + i), Busy: 0.1 * float64(i), PressureCPU: &waited, Interrupts: &interrupts}
	s.Cgroup.Throttled = &waited
}

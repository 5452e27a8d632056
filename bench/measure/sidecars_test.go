package measure_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// TestSidecars: a sidecar's memory is its own figure, or absent with the
// reason. A sidecar that ends by itself makes the trial invalid.
func TestSidecars(t *testing.T) {
	measureWith := func(spoil func(*experiment.Subject)) measure.TrialResult {
		f := fakerig.New()
		f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) { spoil(s) }
		_, rest, _ := strings.Cut(fakerig.Text, "blocks: 6")
		return fakerig.Execute(t, fakerig.Create(t, "blocks: 6"+rest, "blocks: 2\n"+fakerig.SidecarScenario), f).Trials[0]
	}
	const memory = metric.Name("sidecar.cache.memory")
	m := measureWith(func(s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(_ int, s *metric.Sample) {
			s.Dependencies = &metric.Dependencies{Sidecars: map[string]uint64{"cache": 30e6}}
		})
	})
	checkFigure(t, m, memory, 30e6)
	if memory.Unit() != metric.UnitBytes {
		t.Errorf("the unit is %v", memory.Unit())
	}
	m = measureWith(func(s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(_ int, s *metric.Sample) {
			s.Dependencies, s.Missing = &metric.Dependencies{}, append(s.Missing, measure.MissingSidecar("cache")+": it went away")
		})
		fakerig.Exits(s, record.Exit{Sidecar: "cache, beside it, exited with status 1 by itself"})
	})
	checkAbsent(t, m, memory, "it went away")
	if !fakerig.Has(m.Invalid, metric.SidecarEnded) {
		t.Errorf("invalid: %q", m.Invalid)
	}
}

package bench_test

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
)

const companionScenario = "\nbeside: [{name: cache, image: redis, port: 6379}]\n"

func TestCompanionDefaults(t *testing.T) {
	sc, err := bench.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, "build: ./a}",
		"build: ./a, env: {CACHE: '${cache.address}'}, beside: [{name: told, image: x, ready: {log: up}}, {name: free, image: x}]}", 1)+companionScenario))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := sc.Variant("a")
	all := sc.Companions(a)
	if len(all) != 3 || !all[0].Ready.TCP || all[1].Ready.Times != 1 || all[2].Waits() || all[0].Stop.Grace == 0 {
		t.Errorf("companions are %+v", all)
	}
	b, _ := sc.Variant("b")
	if got := sc.Companions(b); len(got) != 1 {
		t.Errorf("b has %d companions, want the scenario's", len(got))
	}
}

// A claim on what stands beside both needs it beside both.
func TestCompanionOfOneVariant(t *testing.T) {
	text := strings.NewReplacer("build: ./b}", "build: ./b, beside: [{name: cache, image: x}]}", "memory.mean", "beside.cache.memory").Replace(valid)
	if _, err := bench.ParseScenario("tiny.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), `claims[0].metric: a has no program "cache" beside it`) {
		t.Errorf("said: %v", err)
	}
}

// TestMeasureCompanions: what one holds is a figure of its own, or absent with the
// reason, and its end by itself spoils the trial.
func TestMeasureCompanions(t *testing.T) {
	measure := func(spoil func(*bench.Subject)) bench.Measured {
		f := newFakeRig()
		f.spoil = func(_ bench.TrialPlan, s *bench.Subject) { spoil(s) }
		_, rest, _ := strings.Cut(scenario, "blocks: 6")
		return execute(t, create(t, "blocks: 6"+rest, "blocks: 2\n"+companionScenario), f).Trials[0]
	}
	const memory = bench.Metric("beside.cache.memory")
	m := measure(func(s *bench.Subject) {
		spoilSamples(s, func(_ int, s *bench.Sample) { s.Around = &bench.Around{Beside: map[string]uint64{"cache": 30e6}} })
	})
	checkFigure(t, m, memory, 30e6)
	if memory.Unit() != bench.UnitBytes {
		t.Errorf("the unit is %v", memory.Unit())
	}
	m = measure(func(s *bench.Subject) {
		spoilSamples(s, func(_ int, s *bench.Sample) {
			s.Around, s.Missing = &bench.Around{}, append(s.Missing, bench.MissingBeside("cache")+": it went away")
		})
		exits(s, bench.Exit{Beside: "cache, beside it, exited with status 1 by itself"})
	})
	checkAbsent(t, m, memory, "it went away")
	if !has(m.Invalid, bench.SidecarEnded) {
		t.Errorf("invalid: %q", m.Invalid)
	}
}

package view

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/noise"
	"github.com/memproof/memproof/bench/verdict"
)

func reading(cpu, pressure, latency float64) metric.Noise {
	return metric.Noise{OtherCPU: &cpu, PressureCPU: &pressure, WakeupLatency: &latency}
}

// TestNoiseFacts: all readings count, and the facts show the worst that let a trial start.
func TestNoiseFacts(t *testing.T) {
	t.Parallel()
	run := &record.Run{Scenario: &scenario.Scenario{Noise: noise.Default()}, Trials: []*record.Trial{
		{},
		{Noise: &record.TrialNoise{Before: []metric.Noise{reading(0.5, 0, 0), reading(0.012, 0.003, 0.0001)}, Rejected: 1}},
		{Noise: &record.TrialNoise{Before: []metric.Noise{reading(0.031, 0.001, 0.0002)}}},
		{Noise: &record.TrialNoise{Before: []metric.Noise{reading(0.9, 0.3, 0.02)}, Rejected: 1}},
	}}
	facts := noiseFacts(run)
	if len(facts) != 2 {
		t.Fatalf("got %v", facts)
	}
	want := "4 readings, 2 rejected; at most when a trial started: other CPU 3.1% of a core, CPU pressure 0.3% of the time, wake-up latency 200 µs"
	if facts[1].Value != want {
		t.Errorf("got  %s\nwant %s", facts[1].Value, want)
	}
	if got := facts[0].Value; !strings.HasPrefix(got, "before a trial: other CPU 5% of a core, CPU pressure 2% of the time, wake-up latency p99 1ms, wait up to 30s") {
		t.Errorf("allowed: %s", got)
	}
	run.Trials = run.Trials[:1]
	if facts := noiseFacts(run); facts != nil {
		t.Errorf("of a run without readings: %v", facts)
	}
	run.Trials[0].Noise = &record.TrialNoise{Before: []metric.Noise{{Missing: []string{"no /proc"}}}}
	if got := noiseFacts(run)[1].Value; got != "1 reading, 0 rejected" {
		t.Errorf("of a machine without /proc: %s", got)
	}
}

// TestMasters are named once a variant, and not where they are the root process.
func TestMasters(t *testing.T) {
	t.Parallel()
	m := Material{Arms: []Arm{{Name: "a"}, {Name: "b"}}, Verdict: &verdict.Verdict{Trials: []measure.TrialResult{
		{Variant: "b", Master: "app, below tini"}, {Variant: "a"}, {Variant: "b", Master: "app, below tini"},
	}}}
	if got := MastersOf(m); len(got) != 1 || got[0] != "A worker of b is a child of app, below tini." {
		t.Errorf("got %q", got)
	}
}

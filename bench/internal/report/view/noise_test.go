package view

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

func look(cpu, pressure, overshoot float64) metric.Noise {
	return metric.Noise{OtherCPU: &cpu, PressureCPU: &pressure, WakeupLatency: &overshoot}
}

// TestNoiseFacts counts all looks and shows the worst of those that passed: a
// trial that ran on a noisy machine did not count.
func TestNoiseFacts(t *testing.T) {
	t.Parallel()
	run := &record.Run{Scenario: &scenario.Scenario{Noise: scenario.DefaultNoise()}, Trials: []*record.Trial{
		{},
		{Noise: &record.TrialNoise{Before: []metric.Noise{look(0.5, 0, 0), look(0.012, 0.003, 0.0001)}, Rejected: 1}},
		{Noise: &record.TrialNoise{Before: []metric.Noise{look(0.031, 0.001, 0.0002)}}},
		{Noise: &record.TrialNoise{Before: []metric.Noise{look(0.9, 0.3, 0.02)}, Rejected: 1}},
	}}
	facts := noiseFacts(run)
	if len(facts) != 2 {
		t.Fatalf("got %v", facts)
	}
	want := "4 looks, 2 rejected; of those before a start at most: foreign CPU 3.1% of a core, waiting for a processor 0.3% of the time, sleep too long by 200 µs"
	if facts[1].Value != want {
		t.Errorf("got  %s\nwant %s", facts[1].Value, want)
	}
	if got := facts[0].Value; !strings.HasPrefix(got, "before a trial foreign CPU 5% of a core, waiting for a processor 2% of the time, 1 ms of sleep too long by 1ms at p99, waited for up to 30s") {
		t.Errorf("allowed: %s", got)
	}
	run.Trials = run.Trials[:1]
	if facts := noiseFacts(run); facts != nil {
		t.Errorf("of a run that nobody looked at: %v", facts)
	}
	run.Trials[0].Noise = &record.TrialNoise{Before: []metric.Noise{{Missing: []string{"no /proc"}}}}
	if got := noiseFacts(run)[1].Value; got != "1 look, 0 rejected" {
		t.Errorf("of a machine that says nothing: %s", got)
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

package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/noise"
)

// TestNoiseLimitsRefuse: each limit is enforced above its value, not at it, and not
// without a reading.
func TestNoiseLimitsRefuse(t *testing.T) {
	l := noise.Default()
	tests := []struct {
		name          string
		cpu, psi, nap float64
		want          []string
	}{
		{"quiet", 0.01, 0.001, 0.0001, nil},
		{"at each limit", 0.05, 0.02, 0.001, nil},
		{"other CPU", 0.6, 0, 0, []string{"other CPU 60% of a core, at most 5% allowed"}},
		{"pressure", 0, 0.145, 0, []string{"tasks waited for a processor 14.5% of the time, at most 2% allowed"}},
		{"wakeup_latency", 0, 0, 0.0013, []string{"a sleep of 1ms took 1.30 ms longer at p99, at most 1ms allowed"}},
		{"all", 2, 0.5, 0.01, []string{"other CPU 200% of a core", "tasks waited", "a sleep"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			why := l.Refuses(metric.Noise{OtherCPU: &tt.cpu, PressureCPU: &tt.psi, WakeupLatency: &tt.nap})
			if len(why) != len(tt.want) {
				t.Fatalf("says %q, want %q", why, tt.want)
			}
			for i := range why {
				if !strings.HasPrefix(why[i], tt.want[i]) {
					t.Errorf("says %q, want %q", why[i], tt.want[i])
				}
			}
		})
	}
	if why := l.Refuses(metric.Noise{Missing: []string{"no /proc"}}); why != nil {
		t.Errorf("what was not read is held against the machine: %q", why)
	}
}

func TestParseScenarioNoise(t *testing.T) {
	parse := func(noise string) (*scenario.Scenario, error) {
		return scenario.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, "blocks: 6", "blocks: 6\n"+noise, 1)))
	}
	good := []struct {
		name, yaml string
		want       func(l *noise.Limits) // changes the defaults
	}{
		{"no section", "", func(*noise.Limits) {}},
		{"one field", "noise: {other_cpu: 150%}", func(l *noise.Limits) { l.OtherCPU = 1.5 }},
		{"zero is a limit", "noise: {other_cpu: 0%, cpu_psi: 0%, max_wait: 0s}", func(l *noise.Limits) { l.OtherCPU, l.CPUPSI, l.MaxWait = 0, 0, 0 }},
		{"all", "noise: {other_cpu: 0.1, cpu_psi: 3%, wakeup_latency: 2ms, max_wait: 1m, reading: 300ms, other_cpu_during: 50%}", func(l *noise.Limits) {
			*l = noise.Limits{OtherCPU: 0.1, CPUPSI: 0.03, WakeupLatency: 2 * time.Millisecond, MaxWait: time.Minute, Reading: 300 * time.Millisecond, OtherCPUDuring: 0.5}
		}},
	}
	for _, tt := range good {
		t.Run(tt.name, func(t *testing.T) {
			sc, err := parse(tt.yaml)
			if err != nil {
				t.Fatal(err)
			}
			want := noise.Default()
			if tt.want(&want); sc.Noise != want {
				t.Errorf("got %+v, want %+v", sc.Noise, want)
			}
		})
	}
	for yaml, says := range map[string]string{
		"noise: {other_cpu: 5ms}":         `noise.other_cpu: "5ms": want CPU time as a share of one core`,
		"noise: {other_cpu: -5%}":         "from 0%",
		"noise: {cpu_psi: 120%}":          `noise.cpu_psi: "120%": want a share`,
		"noise: {wakeup_latency: 0s}":     "noise.wakeup_latency: is 0, and no sleep is exact: want above 0",
		"noise: {wakeup_latency: 0.5}":    `noise.wakeup_latency: "0.5": want a duration`,
		"noise: {max_wait: 2h}":           "noise.max_wait: 2h0m0s is out of range: want at most 1h0m0s",
		"noise: {reading: 100ms}":         "noise.reading: 100ms is out of range: want 150ms to 1m0s",
		"noise: {reading: 61s}":           "noise.reading: 1m1s is out of range",
		"noise: {other_cpus: 5%}":         "unknown field: did you mean other_cpu?",
		"noise: {steal: 5%}":              "noise.steal: unknown field",
		"noise: 5%":                       "noise: want a mapping",
		"noise: {other_cpu_during: lots}": `"lots": want CPU time`,
	} {
		if _, err := parse(yaml); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want it to say %q", yaml, err, says)
		}
	}
}

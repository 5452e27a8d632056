package bench_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

// at is a reading of a machine with that much foreign CPU.
func foreign(share float64) bench.Noise { return bench.Noise{ForeignCPU: &share} }

// TestExecuteLooksBeforeEachTrial: when nothing of it runs yet, once where the
// machine is quiet.
func TestExecuteLooksBeforeEachTrial(t *testing.T) {
	f := newFakeRig()
	f.quiet = func() bench.Noise { return foreign(0.05) } // just what is allowed
	run := create(t)
	v := execute(t, run, f)
	if got := strings.Join(f.calls[:4], ", "); !strings.HasPrefix(got, "quiet, start ") {
		t.Errorf("a trial begins with %s", got)
	}
	if n := count(f.calls, "quiet"); n != 22 || v.Outcome != bench.Proven {
		t.Errorf("%d looks for 22 trials, %s", n, v.Outcome)
	}
	if n := run.Trials[0].Noise; len(n.Before) != 1 || *n.Before[0].ForeignCPU != 0.05 || n.Rejected != 0 {
		t.Errorf("the trial keeps %+v", n)
	}
}

// TestExecuteWaitsForAQuietMachine: two looks are refused, the third is fine.
func TestExecuteWaitsForAQuietMachine(t *testing.T) {
	f := newFakeRig()
	looks := 0
	f.quiet = func() bench.Noise {
		if looks++; looks < 3 {
			return foreign(0.6)
		}
		return foreign(0.01)
	}
	run := create(t)
	v := execute(t, run, f)
	if n := run.Trials[0].Noise; len(n.Before) != 3 || n.Rejected != 2 || v.Outcome != bench.Proven || len(v.Trials) != 22 {
		t.Errorf("%+v, %s after %d trials; want 2 of 3 looks refused, and nothing replaced", n, v.Outcome, len(v.Trials))
	}
	if n := count(f.calls, "sleep 2s"); n != 22+2 { // each trial is idle for 2 s too
		t.Errorf("%d pauses of 2 s, want 22 of the trials and 2 between looks", n)
	}
}

// TestExecuteReplacesANoisyBlock: patience ends in a whole block. Its figures of
// time do not count, and another makes up for them; those of memory do.
func TestExecuteReplacesANoisyBlock(t *testing.T) {
	f := newFakeRig()
	looks := 0
	f.quiet = func() bench.Noise {
		if looks++; looks <= 3*4 { // four for each trial of the first block
			n := foreign(0.23)
			n.Programs = []bench.ProgramCPU{{Name: "cc1", PIDs: 4, Cores: 0.2}, {Name: "make", PIDs: 1, Cores: 0.03}}
			return n
		}
		return foreign(0)
	}
	run := create(t, "blocks: 6", "blocks: 6\nreplace: 1\nnoise: {patience: 7s, look: 200ms}")
	v := execute(t, run, f)
	if f.looks[0] != 200*time.Millisecond {
		t.Errorf("a look of %v, want 200ms", f.looks[0])
	}
	first := run.Trials[0]
	if want := "noisy neighbour: foreign CPU 23% of a core, at most 5% allowed; most by cc1 (4 processes) 20%, make 3% of a core: stop what can be stopped, or allow more with noise.foreign_cpu"; len(first.Broken) != 1 || first.Broken[0].Code != bench.NoisyNeighbour || first.Broken[0].Text != want {
		t.Errorf("the first trial is broken by %q, want %q", first.Broken, want)
	}
	if first.Noise.Rejected != 4 || len(v.Trials) != 7*3+4 || v.Outcome != bench.Proven || len(v.Disturbed) != 1 {
		t.Errorf("%d looks refused, %d trials, %s, replaced %q; want 4 within 7 s, 25 and PROVEN", first.Noise.Rejected, len(v.Trials), v.Outcome, v.Disturbed)
	}
}

func TestExecuteEndsWhenTheLookFails(t *testing.T) {
	f := newFakeRig()
	rig := f.rig()
	broken := errors.New("no such clock")
	rig.Quiet = func(context.Context, time.Duration) (bench.Noise, error) { return bench.Noise{}, broken }
	if err := bench.Execute(t.Context(), create(t), rig); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if len(f.calls) > 0 {
		t.Errorf("and still: %q", f.calls)
	}
}

// TestNoiseLimitsRefuse has each rule fire, and stay silent at its limit and
// where nothing was read.
func TestNoiseLimitsRefuse(t *testing.T) {
	l := bench.DefaultNoise()
	tests := []struct {
		name          string
		cpu, psi, nap float64
		want          []string
	}{
		{"quiet", 0.01, 0.001, 0.0001, nil},
		{"at each limit", 0.05, 0.02, 0.001, nil},
		{"foreign CPU", 0.6, 0, 0, []string{"foreign CPU 60% of a core, at most 5% allowed"}},
		{"pressure", 0, 0.145, 0, []string{"tasks waited for a processor 14.5% of the time, at most 2% allowed"}},
		{"overshoot", 0, 0, 0.0013, []string{"a sleep of 1 ms took 1.30 ms longer at p99, at most 1ms allowed"}},
		{"all", 2, 0.5, 0.01, []string{"foreign CPU 200% of a core", "tasks waited", "a sleep"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			why := l.Refuses(bench.Noise{ForeignCPU: &tt.cpu, PressureCPU: &tt.psi, Overshoot: &tt.nap})
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
	if why := l.Refuses(bench.Noise{Missing: []string{"no /proc"}}); why != nil {
		t.Errorf("what was not read is held against the machine: %q", why)
	}
}

func TestParseScenarioNoise(t *testing.T) {
	parse := func(noise string) (*bench.Scenario, error) {
		return bench.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, "blocks: 6", "blocks: 6\n"+noise, 1)))
	}
	good := []struct {
		name, yaml string
		want       func(l *bench.NoiseLimits) // from the defaults
	}{
		{"nothing said", "", func(*bench.NoiseLimits) {}},
		{"one field", "noise: {foreign_cpu: 150%}", func(l *bench.NoiseLimits) { l.ForeignCPU = 1.5 }},
		{"zero is a limit", "noise: {foreign_cpu: 0%, pressure: 0%, patience: 0s}", func(l *bench.NoiseLimits) { l.ForeignCPU, l.Pressure, l.Patience = 0, 0, 0 }},
		{"all", "noise: {foreign_cpu: 0.1, pressure: 3%, overshoot: 2ms, patience: 1m, look: 300ms, foreign_cpu_during: 50%}", func(l *bench.NoiseLimits) {
			*l = bench.NoiseLimits{ForeignCPU: 0.1, Pressure: 0.03, Overshoot: 2 * time.Millisecond, Patience: time.Minute, Look: 300 * time.Millisecond, ForeignCPUDuring: 0.5}
		}},
	}
	for _, tt := range good {
		t.Run(tt.name, func(t *testing.T) {
			sc, err := parse(tt.yaml)
			if err != nil {
				t.Fatal(err)
			}
			want := bench.DefaultNoise()
			if tt.want(&want); sc.Noise != want {
				t.Errorf("got %+v, want %+v", sc.Noise, want)
			}
		})
	}
	for yaml, says := range map[string]string{
		"noise: {foreign_cpu: 5ms}":         `noise.foreign_cpu: "5ms" is no CPU time: write it as a share of one core`,
		"noise: {foreign_cpu: -5%}":         "from 0%",
		"noise: {pressure: 120%}":           `noise.pressure: "120%" is no share`,
		"noise: {overshoot: 0s}":            "noise.overshoot: no sleep is exact: want above 0",
		"noise: {overshoot: 0.5}":           `noise.overshoot: "0.5" is no duration`,
		"noise: {patience: 2h}":             "noise.patience: 2h0m0s is out of range: want at most 1h0m0s",
		"noise: {look: 100ms}":              "noise.look: 100ms is out of range: want 150ms to 1m0s",
		"noise: {look: 61s}":                "noise.look: 1m1s is out of range",
		"noise: {foreign_cpus: 5%}":         "unknown field: did you mean foreign_cpu?",
		"noise: {steal: 5%}":                "noise.steal: unknown field",
		"noise: 5%":                         "noise: want a mapping",
		"noise: {foreign_cpu_during: lots}": `"lots" is no CPU time`,
	} {
		if _, err := parse(yaml); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want it to say %q", yaml, err, says)
		}
	}
}

// TestExecuteWaitsOnlyForWhatDependsOnQuiet: memory is the same beside a busy
// neighbour, and where waiting was in vain before a whole block it stays so.
func TestExecuteWaitsOnlyForWhatDependsOnQuiet(t *testing.T) {
	_, claims, _ := strings.Cut(scenario, "claims:\n")
	_, fast, _ := strings.Cut(claims, "\n")
	const noise = "blocks: 6\nnoise: {patience: 7s}"
	tests := []struct {
		name    string
		yaml    []string
		outcome bench.Outcome
		fast    bench.Outcome
	}{
		{"a claim of memory alone", []string{fast, "", "blocks: 6", noise}, bench.Proven, ""},
		{"a claim of latency too", []string{"blocks: 6", noise}, bench.Invalid, bench.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeRig()
			f.quiet = func() bench.Noise { return foreign(1) }
			run := create(t, tt.yaml...)
			v := execute(t, run, f)
			if v.Outcome != tt.outcome || claim(t, v, "less").Outcome != bench.Proven {
				t.Errorf("%s, less %s: %q", v.Outcome, claim(t, v, "less").Outcome, v.Reasons)
			}
			if tt.fast != "" && claim(t, v, "fast").Outcome != tt.fast {
				t.Errorf("fast is %s", claim(t, v, "fast").Outcome)
			}
			for _, tr := range run.Trials {
				waits := tt.fast != "" && tr.Block == 1
				if n := len(tr.Noise.Before); n != map[bool]int{true: 4, false: 1}[waits] {
					t.Errorf("block %d, %s: %d looks", tr.Block, tr.Variant, n)
				}
			}
		})
	}
}

// TestProgramsTextTellsOfTheUnseen: what none of the named used is not theirs.
func TestProgramsTextTellsOfTheUnseen(t *testing.T) {
	programs := []bench.ProgramCPU{{Name: "bash", PIDs: 3, Cores: 0.02}, {Name: "init", PIDs: 1, Cores: 0.01}}
	const named = "bash (3 processes) 2%, init 1% of a core"
	for foreign, want := range map[float64]string{
		0.001: named, 0.04: named, 0.07: named,
		0.09: named + "; not seen: 6%, of programs that began and ended in between",
		1.5:  named + "; not seen: 147%, of programs that began and ended in between",
	} {
		if got := bench.ProgramsText(programs, &foreign); got != want {
			t.Errorf("of %v: %q, want %q", foreign, got, want)
		}
	}
	if got := bench.ProgramsText(programs, nil); got != named {
		t.Errorf("of an unknown: %q", got)
	}
}

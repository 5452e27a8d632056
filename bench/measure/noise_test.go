package measure_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// cpuTimes is the CPU time of the programs of a fake trial, in seconds per second. A
// negative time is unknown.
type cpuTimes struct{ variant, generator, postgres, others, sampler, interrupts float64 }

// watched gives each sample of a trial a machine with those programs, and the trial the
// matching counters. how may spoil a sample.
func watched(f *fakerig.Rig, use cpuTimes, how func(i int, s *metric.Sample)) {
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(i int, one *metric.Sample) {
			at := float64(i) // the fake takes one sample per second
			busy := at * (max(use.variant, 0) + max(use.generator, 0) + max(use.postgres, 0) + use.others + use.sampler + use.interrupts)
			waited := 0.01 * at
			one.Machine = &metric.Machine{Boot: "b", Wall: one.At, Up: 1000 + at, Busy: 50 + busy, Steal: 0.02 * at, Sampler: use.sampler * at, PressureCPU: &waited}
			if use.interrupts > 0 {
				interrupts := 3 + use.interrupts*at
				one.Machine.Interrupts = &interrupts
			}
			if use.variant >= 0 {
				cpu := use.variant * at
				one.Cgroup.CPUSeconds = &cpu
			} else {
				one.Cgroup.CPUSeconds = nil
			}
			if how != nil {
				how(i, one)
			}
		})
		if use.postgres >= 0 {
			n := -1.0
			s.Count = func(context.Context) (record.Counters, error) {
				n++
				return record.Counters{"postgres.cpu_seconds": 7 + n*12*use.postgres}, nil // over 12 s of load
			}
		}
	}
	f.Report = func(r *record.LoadReport) { r.CPUSeconds = 12 * max(use.generator, 0) }
}

// neighbours has a known time for each program.
var neighbours = cpuTimes{variant: 0.5, generator: 0.1, postgres: 0.2, others: 0.1, sampler: 0.02}

// TestOtherCPU: other programs may use a quarter of a core.
func TestOtherCPU(t *testing.T) {
	with := func(change func(*cpuTimes)) cpuTimes {
		use := neighbours
		change(&use)
		return use
	}
	tests := []struct {
		name   string
		use    cpuTimes
		yaml   []string
		want   float64 // other CPU; negative: absent
		says   string  // why absent, or why invalid
		faults bool
	}{
		{"a quiet machine", neighbours, nil, 0.1, "", false},
		{"a neighbour", with(func(u *cpuTimes) { u.others = 0.31 }), nil, 0.31, "noisy neighbour: other programs used 31% of a core in the window, at most 25% allowed", true},
		{"a neighbour that the scenario allows", with(func(u *cpuTimes) { u.others = 0.31 }), []string{"blocks: 6", "blocks: 6\nnoise: {other_cpu_during: 40%}"}, 0.31, "", false},
		{"the service's network", with(func(u *cpuTimes) { u.interrupts = 0.9 }), nil, 0.1, "", false},
		{"Postgres unknown, and much of it", with(func(u *cpuTimes) { u.postgres, u.others = -1, 0.9 }), nil, -1, "the CPU time of Postgres is not known; with it, other programs used 90% of a core", false},
		{"the generator unknown", with(func(u *cpuTimes) { u.generator = -1 }), nil, -1, "the CPU time of the generator is not known", false},
		{"the variant unknown", with(func(u *cpuTimes) { u.variant = -1 }), nil, -1, "the CPU time of the variant is not known", false},
		{"an upstream unknown", neighbours, []string{"blocks: 6", "blocks: 6\nupstream: {build: ./up}"}, -1, "the CPU time of the upstream is not known", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			watched(f, tt.use, nil)
			m := fakerig.Execute(t, createWithDatabase(t, tt.yaml...), f).Trials[0]
			got, ok := m.Figures[metric.OtherCPU]
			if ok != (tt.want >= 0) || ok && math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("other CPU %v, %t; want %v", got, ok, tt.want)
			}
			if tt.faults != fakerig.Has(m.Invalid, metric.NoisyNeighbour) || !tt.faults && len(m.Faults()) > 0 {
				t.Errorf("faults %q, want a neighbour: %t", m.Faults(), tt.faults)
			}
			if why := m.Absent[metric.OtherCPU]; !ok && !strings.Contains(why, tt.says) {
				t.Errorf("absent because %q, want %q", why, tt.says)
			}
		})
	}
}

// TestGeneratorElsewhere: the generator's CPU time on its own machine is
// not subtracted from the CPU time of the variant's machine.
func TestGeneratorElsewhere(t *testing.T) {
	for boot, want := range map[string]float64{"b": 0.1, "another": 0.2} {
		f := fakerig.New()
		watched(f, neighbours, nil)
		f.Quiet = func() metric.Noise { return metric.Noise{Boot: boot} }
		m := fakerig.Execute(t, createWithDatabase(t), f).Trials[0]
		if got := m.Figures[metric.OtherCPU]; math.Abs(got-want) > 1e-9 {
			t.Errorf("generator on %q, variant on \"b\": other CPU %v, want %v", boot, got, want)
		}
	}
}

func TestStealAndPressure(t *testing.T) {
	f := fakerig.New()
	watched(f, neighbours, nil)
	m := fakerig.Execute(t, createWithDatabase(t), f).Trials[0]
	if math.Abs(m.Figures[metric.Steal]-0.02) > 1e-9 || math.Abs(m.Figures[metric.CPUPressure]-0.01) > 1e-9 {
		t.Errorf("steal %v, pressure %v; want 0.02 and 0.01", m.Figures[metric.Steal], m.Figures[metric.CPUPressure])
	}
	watched(f, neighbours, func(_ int, s *metric.Sample) { s.Machine.PressureCPU = nil })
	m = fakerig.Execute(t, createWithDatabase(t), f).Trials[0]
	if _, ok := m.Figures[metric.CPUPressure]; ok || !strings.Contains(m.Absent[metric.CPUPressure], "psi=1") {
		t.Errorf("no PSI: %v, %q", m.Figures[metric.CPUPressure], m.Absent[metric.CPUPressure])
	}
}

// TestClocks: it finds a pause of the machine, and, in a trial of an older
// version without a sample clock, a wall clock that was set.
func TestClocks(t *testing.T) {
	from := func(n int, change func(s *metric.Sample)) func(int, *metric.Sample) {
		return func(i int, s *metric.Sample) {
			if i >= n {
				change(s)
			}
		}
	}
	tests := []struct {
		name string
		how  func(int, *metric.Sample)
		want string // empty: no fault
	}{
		{"steady", nil, ""},
		{"slewed by a little", from(5, func(s *metric.Sample) { s.Machine.Wall = s.Machine.Wall.Add(9 * time.Millisecond) }), ""},
		{"set forward", from(5, func(s *metric.Sample) { s.Machine.Wall = s.Machine.Wall.Add(2 * time.Second) }), "the clock of the machine was set during the trial: it moved by 2.00 s"},
		{"set back", from(9, func(s *metric.Sample) { s.Machine.Wall = s.Machine.Wall.Add(-11 * time.Millisecond) }), "it moved by -11.0 ms"},
		{"slow samples", from(5, func(s *metric.Sample) { s.Machine.Up++; s.Machine.Wall = s.Machine.Wall.Add(time.Second) }), ""},
		{"asleep", from(5, func(s *metric.Sample) { s.Machine.Up += 600; s.Machine.Wall = s.Machine.Wall.Add(600 * time.Second) }), "the machine stood still for 601 s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			watched(f, neighbours, tt.how)
			run := short(t)
			fakerig.Execute(t, run, f)
			old(t, run)
			faults := fmt.Sprint(fakerig.Judged(t, run.Dir).Trials[0].Faults())
			if tt.want == "" && faults != "[]" || !strings.Contains(faults, tt.want) {
				t.Errorf("faults %q, want %q", faults, tt.want)
			}
		})
	}
}

// TestThrottling: a variant at its quota gets a figure and a note.
func TestThrottling(t *testing.T) {
	for _, share := range []float64{0, 0.3} {
		f := fakerig.New()
		watched(f, neighbours, func(i int, s *metric.Sample) {
			held := 5 + share*float64(i)
			s.Cgroup.Throttled = &held
		})
		v := fakerig.Execute(t, createWithDatabase(t), f)
		if got := v.Trials[0].Figures[metric.Throttled]; math.Abs(got-share) > 1e-9 || v.Outcome != verdict.Proven {
			t.Errorf("throttled %v, %s; want %v and PROVEN", got, v.Outcome, share)
		}
		notes := strings.Join(fakerig.Claim(t, v, "fast").Notes, "\n")
		if noted := strings.Contains(notes, "b reached its CPU quota: it was throttled for 300 ms"); noted != (share > 0) {
			t.Errorf("throttled %v: notes %q", share, notes)
		}
		if notes := strings.Join(fakerig.Claim(t, v, "less").Notes, "\n"); strings.Contains(notes, "quota") {
			t.Errorf("a claim on memory says %q", notes)
		}
	}
}

// TestWithoutMachine: runs of older versions have no such reading. A sampler
// that cannot read says why.
func TestWithoutMachine(t *testing.T) {
	f := fakerig.New()
	m := fakerig.Execute(t, createWithDatabase(t), f).Trials[0]
	for _, name := range []metric.Name{metric.OtherCPU, metric.Steal, metric.CPUPressure, metric.Throttled} {
		if _, ok := m.Figures[name]; ok || m.Absent[name] != "" {
			t.Errorf("an old run has %s: %v, absent %q", name, m.Figures[name], m.Absent[name])
		}
	}
	watched(f, neighbours, func(_ int, s *metric.Sample) {
		s.Machine, s.Missing = nil, []string{"machine: read /proc/stat: permission denied"}
	})
	m = fakerig.Execute(t, createWithDatabase(t), f).Trials[0]
	if why := m.Absent[metric.OtherCPU]; why != "read /proc/stat: permission denied" || len(m.Faults()) > 0 {
		t.Errorf("absent because %q, faults %q", why, m.Faults())
	}
}

// TestGeneratorCPU: it covers the whole load, here 12 s. On a system that does not
// report it, it is absent.
func TestGeneratorCPU(t *testing.T) {
	of := func(seconds float64) measure.TrialResult {
		f := fakerig.New()
		f.Report = func(r *record.LoadReport) { r.CPUSeconds = seconds }
		_, rest, _ := strings.Cut(fakerig.Text, "blocks: 6")
		return fakerig.Execute(t, fakerig.Create(t, "blocks: 6"+rest, "blocks: 2\n"), f).Trials[0]
	}
	checkFigure(t, of(6), metric.GeneratorCPU, 0.5)
	checkAbsent(t, of(0), metric.GeneratorCPU, "is not known")
}

// createWithDatabase is create with a Postgres, whose CPU time is not other CPU.
func createWithDatabase(t *testing.T, oldnew ...string) *record.Run {
	t.Helper()
	return fakerig.Create(t, append(oldnew, "load:\n", "database: {settings: {fsync: 'on'}}\nload:\n")...)
}

// Without a database, its missing CPU time does not make other CPU absent.
func TestOtherCPUWithoutADatabase(t *testing.T) {
	f := fakerig.New()
	use := neighbours
	use.postgres, use.others = -1, 0.9
	watched(f, use, nil)
	m := fakerig.Execute(t, fakerig.Create(t), f).Trials[0]
	if !fakerig.Has(m.Invalid, metric.NoisyNeighbour) {
		t.Errorf("faults %q", m.Faults())
	}
}

// TestNeighboursAreNamed: a message names the noisy programs, once, and the key that
// allows more. If they run on another machine, it names none.
func TestNeighboursAreNamed(t *testing.T) {
	for boot, want := range map[string]string{
		"b":       "noisy neighbour: other programs used 50% of a core in the window, at most 25% allowed; most by cc1 (3 processes) 40%, dockerd 8%, sh 2% of a core: stop these programs, or allow more with noise.other_cpu_during",
		"another": "noisy neighbour: other programs used 60% of a core in the window, at most 25% allowed; no visible program used much: use a quieter machine, or allow more with noise.other_cpu_during",
	} {
		f := fakerig.New()
		use := neighbours
		use.others = 0.5
		watched(f, use, nil)
		f.Quiet = func() metric.Noise { return metric.Noise{Boot: boot} }
		programs := []metric.ProgramCPU{{Name: "cc1", PIDs: 3, Cores: 0.4}, {Name: "dockerd", PIDs: 1, Cores: 0.08}, {Name: "sh", PIDs: 1, Cores: 0.02}, {Name: "cron", PIDs: 1, Cores: 0.01}}
		f.Change = func(r *experiment.Rig) {
			r.Programs = func() func() []metric.ProgramCPU { return func() []metric.ProgramCPU { return programs } }
		}
		run := short(t)
		v := fakerig.Execute(t, run, f)
		var said []string
		for _, why := range v.Trials[0].Invalid {
			if why.Code == metric.NoisyNeighbour {
				said = append(said, why.Text)
			}
		}
		if len(said) != 1 || said[0] != want {
			t.Errorf("said %q, want %q", said, want)
		}
		if got := len(run.Trials[0].Noise.During); got != 4 {
			t.Errorf("%d programs are on disk, want 4", got)
		}
	}
}

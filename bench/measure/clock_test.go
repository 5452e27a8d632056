package measure_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// rising makes the samples of a trial grow by 10 MB a second, so that a sample in the
// wrong phase changes every memory figure. how may move the clocks of their machine.
func rising(f *fakerig.Rig, how func(i int, s *metric.Sample)) {
	watched(f, neighbours, func(i int, s *metric.Sample) {
		s.Cgroup.Anon += uint64(i) * 10e6
		if how != nil {
			how(i, s)
		}
	})
}

// shifted moves the wall clock of the samples' machine from sample n on.
func shifted(n int, by time.Duration) func(int, *metric.Sample) {
	return func(i int, s *metric.Sample) {
		if i < n {
			return
		}
		s.At = s.At.Add(by)
		if s.Machine != nil {
			s.Machine.Wall = s.Machine.Wall.Add(by)
		}
	}
}

// withoutMachine leaves a sample only the wall clock.
func withoutMachine(then func(int, *metric.Sample)) func(int, *metric.Sample) {
	return func(i int, s *metric.Sample) {
		s.Machine = nil
		then(i, s)
	}
}

// TestSamplesAreOfAnotherMachine: the wall clock of the samples' machine has no effect.
func TestSamplesAreOfAnotherMachine(t *testing.T) {
	tests := []struct {
		name string
		how  func(int, *metric.Sample)
	}{
		{"4 s ahead", shifted(0, 4*time.Second)},
		{"4 s behind", shifted(0, -4*time.Second)},
		{"set in the middle of the load", shifted(7, 90*time.Second)},
		{"set back in the idle phase", shifted(1, -time.Hour)},
		{"set between a sample and the reading of the clock", func(i int, s *metric.Sample) {
			if s.Machine.Wall = s.Machine.Wall.Add(0); i == 6 {
				s.Machine.Wall = s.Machine.Wall.Add(time.Minute)
			}
		}},
		{"ahead, and no clock but the wall's", withoutMachine(shifted(0, 4*time.Second))},
		{"behind, and no clock but the wall's", withoutMachine(shifted(0, -4*time.Second))},
		{"a sample without a machine", func(i int, s *metric.Sample) {
			if shifted(0, time.Minute)(i, s); i == 3 {
				s.Machine = nil
			}
		}},
	}
	want := placed(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := placed(t, tt.how)
			if faults := got.Faults(); len(faults) > 0 {
				t.Errorf("faults %q", faults)
			}
			for _, name := range slices.Sorted(maps.Keys(want.Figures)) {
				if strings.HasPrefix(string(name), "memory.") && got.Figures[name] != want.Figures[name] {
					t.Errorf("%s is %v, want %v as on one machine", name, got.Figures[name], want.Figures[name])
				}
			}
		})
	}
}

func placed(t *testing.T, how func(int, *metric.Sample)) measure.TrialResult {
	t.Helper()
	f := fakerig.New()
	rising(f, how)
	m := fakerig.Execute(t, short(t), f).Trials[0]
	if (m.Figures[metric.MemoryIdle] == 0 || m.Figures[metric.MemoryMean] == 0) != fakerig.Has(m.Invalid, metric.ClockUnstable) {
		t.Fatalf("memory %v, absent %v, invalid %v", m.Figures[metric.MemoryMean], m.Absent, m.Invalid)
	}
	return m
}

// TestSamplesOnAnUnsteadyClock: the phase of the samples is unknown, and memory figures
// are invalid.
func TestSamplesOnAnUnsteadyClock(t *testing.T) {
	drift := func(a second) func(int, *metric.Sample) {
		return func(i int, s *metric.Sample) { s.Machine.Up += float64(a) * float64(i) }
	}
	tests := []struct {
		name   string
		how    func(int, *metric.Sample)
		refuse bool
	}{
		{"steady", nil, false},
		{"drifts by 70 ms in 14 s", drift(0.005), false},
		{"drifts by 420 ms in 14 s", drift(0.03), true},
		{"drifts the other way", drift(-0.03), true},
		{"stood still for a second", func(i int, s *metric.Sample) {
			if i >= 8 {
				s.Machine.Up--
			}
		}, true},
		{"the wall clock is set and there is no other", withoutMachine(shifted(7, time.Second)), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := placed(t, tt.how)
			if got := fakerig.Has(m.Invalid, metric.ClockUnstable); got != tt.refuse {
				t.Errorf("refused: %t, want %t: %q", got, tt.refuse, m.Invalid)
			}
		})
	}
}

// short is a run of two blocks without a claim.
func short(t *testing.T) *record.Run {
	t.Helper()
	_, claims, _ := strings.Cut(fakerig.Text, "blocks: 6")
	return createWithDatabase(t, "blocks: 6"+claims, "blocks: 2\n")
}

// second is a length of time.
type second float64

// TestSamplesThatArriveLate: a delayed arrival does not move the sample's time.
func TestSamplesThatArriveLate(t *testing.T) {
	want := placed(t, nil)
	f := fakerig.New()
	rising(f, nil)
	rise := f.Spoil
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
		rise(p, s)
		fakerig.SpoilSamples(s, func(i int, sample *metric.Sample) { f.Now = sample.At.Add(time.Duration(i%4) * 700 * time.Millisecond) })
	}
	got := fakerig.Execute(t, short(t), f).Trials[0]
	if len(got.Faults()) > 0 || got.Figures[metric.MemoryMean] != want.Figures[metric.MemoryMean] {
		t.Errorf("mean %v, want %v; faults %q", got.Figures[metric.MemoryMean], want.Figures[metric.MemoryMean], got.Faults())
	}
}

// TestTrialKeepsItsClock: the samples' clock is on disk. A trial of an older version
// without it uses the samples' own time.
func TestTrialKeepsItsClock(t *testing.T) {
	f := fakerig.New()
	rising(f, shifted(0, 4*time.Second))
	run := short(t)
	fakerig.Execute(t, run, f)
	c := run.Trials[0].Clock
	if c == nil || c.By != record.ByBoottime || c.Offset != -4 || c.Unsteady != 0 {
		t.Fatalf("clock %+v, want boottime, 4 s behind", c)
	}
	old(t, run)
	m := fakerig.Judged(t, run.Dir).Trials[0]
	if _, ok := m.Figures[metric.MemoryIdle]; ok {
		t.Errorf("memory at rest %v, though the samples say that there was none", m.Figures[metric.MemoryIdle])
	}
}

// old removes the recorded arrivals, as in runs of older versions.
func old(t *testing.T, run *record.Run) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(run.Dir, "trials", "*", "trial.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		forget(t, file, "clock")
	}
}

// forget removes a key of a JSON object on disk.
func forget(t *testing.T, file, key string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]json.RawMessage
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	delete(v, key)
	if text, err = json.Marshal(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

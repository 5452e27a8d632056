package sampler

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// samplerOf reads a made-up machine at 5 Hz; its rollups cost what cpu says.
func samplerOf(t *testing.T, proc files, c files, before func(files, string, int)) *Sampler {
	t.Helper()
	var group *cgroup
	if c != nil {
		var err error
		if group, err = openCgroup(c.dir()); err != nil {
			t.Fatal(err)
		}
	}
	s, err := newSampler(&dir{path: "/fake", files: &live{files: proc, before: before}}, group, Options{Root: 10, Rate: 5})
	if err != nil {
		t.Fatal(err)
	}
	s.cpu = func() time.Duration { return 0 }
	return s
}

// collect runs the sampler until it has n samples.
func collect(t *testing.T, s *Sampler, n int) (out []metric.Sample) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	err := s.Run(ctx, func(sample metric.Sample) error {
		if out = append(out, sample); len(out) == n {
			stop()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRunSamplesAtItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		samples := collect(t, samplerOf(t, procOf(initial, master, worker), v1Files, nil), 11)
		for i, s := range samples {
			if got, want := s.At.Sub(began), time.Duration(i)*200*time.Millisecond; got != want {
				t.Errorf("sample %d is at %v, want %v", i, got, want)
			}
			if s.Cgroup == nil || *s.Cgroup.Kernel != 700 || len(s.Processes) != 2 || s.Missing != nil {
				t.Errorf("sample %d: %+v", i, s)
			}
		}
	})
}

func TestRunLeavesOutTicksThatItMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		ctx, stop := context.WithCancel(t.Context())
		err := samplerOf(t, procOf(initial, master), nil, nil).Run(ctx, func(s metric.Sample) error {
			at = append(at, s.At.Sub(began).Round(time.Millisecond))
			if len(at) == 2 {
				time.Sleep(700 * time.Millisecond) // a slow reader of the samples
			}
			if len(at) == 5 {
				stop()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ms := time.Millisecond
		if want := []time.Duration{0, 200 * ms, 900 * ms, 1000 * ms, 1200 * ms}; !reflect.DeepEqual(at, want) {
			t.Errorf("samples at %v, want %v", at, want)
		}
	})
}

func TestSampleIsAtTheMiddleOfItsReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := samplerOf(t, procOf(initial, master), nil, func(_ files, name string, _ int) {
			if name == "10/smaps_rollup" {
				time.Sleep(80 * time.Millisecond)
			}
		})
		began := time.Now()
		sample := collect(t, s, 1)[0]
		if got := sample.At.Sub(began); got != 40*time.Millisecond {
			t.Errorf("At is %v after the beginning of a reading of 80 ms", got)
		}
		if sample.At.Location() != time.UTC {
			t.Errorf("At is in %v", sample.At.Location())
		}
	})
}

// Rollups of 10 ms may come every 2 s with a cgroup, 0.5% of a core, and every
// 0.7 s, so with every fourth sample, where they are the memory figure.
func TestRollupsKeepWithinTheirBudget(t *testing.T) {
	tests := []struct {
		name   string
		cgroup files
		want   []int
	}{
		{"with a cgroup", v1Files, []int{0, 10, 20, 30}},
		{"without one", nil, []int{0, 4, 8, 12, 16, 20, 24, 28}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { rollups(t, tt.cgroup, tt.want) }) })
	}
}

// rollups wants PSS in these samples of 31, and RSS in all.
func rollups(t *testing.T, group files, want []int) {
	var used time.Duration
	s := samplerOf(t, procOf(initial, master, worker), group, func(_ files, name string, _ int) {
		if strings.HasSuffix(name, "/smaps_rollup") {
			used += 5 * time.Millisecond
		}
	})
	s.cpu = func() time.Duration { return used }
	var with []int
	for i, sample := range collect(t, s, 31) {
		if _, ok := sample.PSS(); ok {
			with = append(with, i)
		}
		if _, ok := sample.RSS(); !ok {
			t.Errorf("sample %d has no RSS", i)
		}
	}
	if !reflect.DeepEqual(with, want) {
		t.Errorf("PSS in samples %v, want %v", with, want)
	}
}

func TestCheapRollupsComeWithEverySample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for i, sample := range collect(t, samplerOf(t, procOf(initial, master), nil, nil), 10) {
			if _, ok := sample.PSS(); !ok {
				t.Errorf("sample %d has no PSS", i)
			}
		}
	})
}

func TestRunEndsWhenTheRootIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		s := samplerOf(t, procOf(initial, master, worker), v1Files, func(f files, name string, times int) {
			if name == "." && times == 4 {
				f.remove(10)
			}
		})
		err := s.Run(t.Context(), func(metric.Sample) error { n++; return nil })
		if !errors.Is(err, ErrGone) || n != 3 {
			t.Errorf("got %v after %d samples, want ErrGone after 3", err, n)
		}
	})
}

func TestRunEndsWithTheErrorOfEmit(t *testing.T) {
	broken := errors.New("broken pipe")
	err := samplerOf(t, procOf(initial, master), nil, nil).Run(t.Context(), func(metric.Sample) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestSampleSaysWhatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := samplerOf(t, procOf(initial, master, worker), v1Files, func(f files, name string, _ int) {
			if name == "11/statm" {
				delete(f, name)
			}
		})
		s.cgroup.dir = v1Files.with("memory/memory.stat", "").dir()
		sample := collect(t, s, 1)[0]
		want := []string{
			"cgroup: read /fake/memory/memory.stat: file does not exist",
			"processes: pid 11 vanished while being read",
		}
		if sample.Cgroup != nil || sample.Processes != nil || !reflect.DeepEqual(sample.Missing, want) {
			t.Errorf("got %+v, want nothing but %q", sample, want)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		says string
	}{
		{"no rate", Options{Root: 1, Proc: "/proc"}, "samples a second"},
		{"a rate too high", Options{Root: 1, Proc: "/proc", Rate: 1000}, "samples a second"},
		{"no process", Options{Root: 7, Proc: "testdata/proc", Rate: 5}, "read testdata/proc/7/stat: no such file"},
		{"no cgroup", Options{Root: 21223, Proc: "testdata/proc", Cgroup: "testdata/proc", Rate: 5}, "testdata/proc is not a cgroup"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Open(tt.o); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error that says %q", err, tt.says)
			}
		})
	}
	old := procOf(initial, master)
	delete(old, "10/smaps_rollup")
	if _, err := newSampler(old.dir(), nil, Options{Root: 10, Rate: 5}); err == nil || !strings.Contains(err.Error(), "Linux 4.14") {
		t.Errorf("an old kernel: got %v", err)
	}
}

// Without smaps_rollup the container's own account goes on, and each sample says
// why it holds no PSS.
func TestWithoutRollupTheCgroupGoesOn(t *testing.T) {
	old := procOf(initial, master, worker)
	delete(old, "10/smaps_rollup")
	delete(old, "11/smaps_rollup")
	synctest.Test(t, func(t *testing.T) {
		for _, s := range collect(t, samplerOf(t, old, v1Files, nil), 3) {
			_, pss := s.PSS()
			_, rss := s.RSS()
			if _, ok := s.Memory(metric.BasisCharged); !ok || pss || !rss || len(s.Processes) != 2 {
				t.Errorf("got %+v", s)
			}
			if want := []string{"pss: " + errNoRollup.Error()}; !reflect.DeepEqual(s.Missing, want) {
				t.Errorf("missing %q, want %q", s.Missing, want)
			}
		}
	})
}

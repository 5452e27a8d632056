package chart

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// TestSplitAddsUp: a process that came and went between two samples must not
// make the parts add up to more, or less, than the whole.
func TestSplitAddsUp(t *testing.T) {
	t.Parallel()
	mean := meanSplit([]split{{processes: []float64{10, 20, 30}}, {processes: []float64{10, 20}}}, []float64{1, 1})
	if mean.pss() != 45 || mean.processes[2] != 15 {
		t.Errorf("got %v; want 10, 20 and 15 of 45", mean)
	}
}

// Many readings of few processes do not weigh more than the few readings of many.
func TestSplitIsAMeanOverTime(t *testing.T) {
	t.Parallel()
	if mean := meanSplit(nil, nil); mean.processes != nil {
		t.Errorf("of no reading: %v", mean)
	}
	start := time.Now()
	var splits []split
	var at []time.Time
	for _, r := range []struct {
		at        time.Duration
		processes []float64
	}{
		{0, []float64{10, 40}}, {8 * time.Second, []float64{10, 40}}, {10 * time.Second, []float64{10}},
		{10500 * time.Millisecond, []float64{10}}, {11 * time.Second, []float64{10}}, {12 * time.Second, []float64{10}},
	} {
		splits, at = append(splits, split{processes: r.processes}), append(at, start.Add(r.at))
		if mean := meanSplit(splits, trapezoidWeights(at)); r.at == 0 && mean.pss() != 50 {
			t.Errorf("of one reading: %v, want the reading", mean)
		}
	}
	mean := meanSplit(splits, trapezoidWeights(at))
	if p := mean.processes; math.Abs(p[0]-10) > 1e-9 || math.Abs(p[1]-30) > 1e-9 {
		t.Errorf("got %v, want 10 and three quarters of 40", mean)
	}
}

func TestSplitSampleNeedsThePSSOfAll(t *testing.T) {
	pss := uint64(5)
	one := []metric.Process{{PID: 1, PSS: &pss}, {PID: 2}}
	if s, ok := splitSample(metric.Sample{Processes: one}, new(slots)); ok {
		t.Errorf("one process lacks PSS, and the split is %v", s)
	}
	if s, ok := splitSample(metric.Sample{Processes: one[:1]}, new(slots)); !ok || s.pss() != 5 {
		t.Errorf("without a cgroup the split is %v, %v; want 5 mapped", s, ok)
	}
}

// A new process takes the slot of one that is gone, and the others keep theirs.
func TestSlots(t *testing.T) {
	t.Parallel()
	var s slots
	for _, step := range []struct {
		name string
		now  []metric.Process
		want []int
	}{
		{"oldest first", []metric.Process{{PID: 1}, {PID: 8}, {PID: 9}}, []int{0, 1, 2}},
		{"one is gone", []metric.Process{{PID: 1}, {PID: 9}}, []int{0, 2}},
		{"one comes after it", []metric.Process{{PID: 1}, {PID: 9}, {PID: 10}}, []int{0, 2, 1}},
		{"one more", []metric.Process{{PID: 1}, {PID: 9}, {PID: 10}, {PID: 11}}, []int{0, 2, 1, 3}},
		{"another of the same number", []metric.Process{{PID: 1}, {PID: 10}, {PID: 11}, {PID: 9, Start: 5}}, []int{0, 1, 3, 2}},
	} {
		if got := s.take(step.now); !slices.Equal(got, step.want) {
			t.Errorf("%s: at %v, want %v", step.name, got, step.want)
		}
	}
}

// A sample's processes are a master and workers where all are children of one.
func TestPrefork(t *testing.T) {
	pss := uint64(5)
	for _, tt := range []struct {
		name    string
		parents []int
		want    bool
	}{
		{"a master and two workers", []int{0, 1, 1}, true},
		{"a shell, its master and a worker", []int{0, 1, 2}, false},
		{"one alone", []int{0}, true},
	} {
		var s metric.Sample
		for i, parent := range tt.parents {
			s.Processes = append(s.Processes, metric.Process{PID: i + 1, PPID: parent, PSS: &pss})
		}
		one, ok := splitSample(s, new(slots))
		if !ok || one.prefork() != tt.want {
			t.Errorf("%s: prefork %v, want %v", tt.name, one.prefork(), tt.want)
		}
	}
	splits, weights := []split{{processes: []float64{1, 1, 1}, nested: 1}}, []float64{1}
	for range 20 {
		splits, weights = append(splits, split{processes: []float64{1, 1}}), append(weights, 1)
	}
	if !meanSplit(splits, weights).prefork() {
		t.Error("a nested process in one of 21 samples: not prefork")
	}
}

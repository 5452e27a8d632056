package chart

import (
	"slices"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// TestSplitAddsUp: a process that came and went between two samples must not
// make the parts add up to more, or less, than the whole.
func TestSplitAddsUp(t *testing.T) {
	var sum splitSum
	for _, s := range []split{
		{processes: []float64{10, 20, 30}},
		{processes: []float64{10, 20}},
	} {
		sum.add(s, 1)
	}
	mean := sum.mean()
	if mean.mapped() != 45 || mean.processes[2] != 15 {
		t.Errorf("got %v; want 10, 20 and 15 of 45", mean)
	}
}

// Many readings of the little that is left do not weigh more than the few of what
// was there before.
func TestSplitIsAMeanOverTime(t *testing.T) {
	var c splitClock
	if mean := c.mean(); mean.processes != nil {
		t.Errorf("of no reading: %v", mean)
	}
	start := time.Now()
	for _, r := range []struct {
		at        time.Duration
		processes []float64
	}{
		{0, []float64{10, 40}}, {8 * time.Second, []float64{10, 40}}, {10 * time.Second, []float64{10}},
		{10500 * time.Millisecond, []float64{10}}, {11 * time.Second, []float64{10}}, {12 * time.Second, []float64{10}},
	} {
		c.see(start.Add(r.at), split{processes: r.processes})
		if mean := c.mean(); r.at == 0 && mean.mapped() != 50 {
			t.Errorf("of one reading: %v, want what it holds", mean)
		}
	}
	if mean := c.mean(); mean.processes[0] != 10 || mean.processes[1] != 30 {
		t.Errorf("got %v, want 10 and three quarters of 40", mean)
	}
}

func TestSplitSampleNeedsThePSSOfAll(t *testing.T) {
	pss := uint64(5)
	one := []metric.Process{{PID: 1, PSS: &pss}, {PID: 2}}
	if s, ok := splitSample(metric.Sample{Processes: one}, new(seats)); ok {
		t.Errorf("one process lacks PSS, and the split is %v", s)
	}
	if s, ok := splitSample(metric.Sample{Processes: one[:1]}, new(seats)); !ok || s.mapped() != 5 {
		t.Errorf("without a cgroup the split is %v, %v; want 5 mapped", s, ok)
	}
}

// A process that is gone leaves its seat to its successor, and nobody else moves.
func TestSeats(t *testing.T) {
	var s seats
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
		one, ok := splitSample(s, new(seats))
		if !ok || one.prefork() != tt.want {
			t.Errorf("%s: prefork %v, want %v", tt.name, one.prefork(), tt.want)
		}
	}
	var most splitSum
	for range 20 {
		most.add(split{processes: []float64{1, 1}}, 1)
	}
	most.add(split{processes: []float64{1, 1, 1}, deep: 1}, 1)
	if !most.mean().prefork() {
		t.Error("a process that was there once makes workers of a master none")
	}
}

package hostinfo

import (
	"context"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// TestNowOfThisMachine: the counts of a real kernel never fall, and the clocks
// are read at one instant.
func TestNowOfThisMachine(t *testing.T) {
	r := Open("/proc")
	var last *metric.Machine
	for range 50 {
		m, err := r.Now()
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && (m.Busy < last.Busy || m.Up <= last.Up || m.Sampler < last.Sampler || m.Boot != last.Boot) {
			t.Errorf("%+v after %+v", m, last)
		}
		last = m
	}
	if last.Busy <= 0 || last.Up <= 0 || last.Boot == "" {
		t.Errorf("got %+v", last)
	}
}

// TestWakeupLatencyOfThisMachine: a sleep is never too short, and it ends.
func TestWakeupLatencyOfThisMachine(t *testing.T) {
	if p := wakeupLatency(t.Context(), 50*time.Millisecond); p == nil || *p < 0 {
		t.Errorf("got %v", p)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p := wakeupLatency(ctx, time.Hour); p != nil {
		t.Errorf("without a sleep: %v", *p)
	}
}

func TestP99(t *testing.T) {
	for n, want := range map[int]float64{1: 1, 2: 2, 99: 99, 100: 99, 101: 100, 200: 198, 1000: 990} {
		all := make([]float64, n)
		for i := range all {
			all[i] = float64(n - i)
		}
		if got := p99(all); *got != want {
			t.Errorf("of 1 to %d: %v, want %v", n, *got, want)
		}
	}
}

// BenchmarkNow measures what a reading of the machine adds to the cost of a sample.
func BenchmarkNow(b *testing.B) {
	r := Open("/proc")
	for b.Loop() {
		if _, err := r.Now(); err != nil {
			b.Fatal(err)
		}
	}
}

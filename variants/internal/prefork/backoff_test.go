package prefork

import (
	"fmt"
	"testing"
	"time"
)

func TestBackoffGrowsWhileBootsFail(t *testing.T) {
	s := newStage(Options{Workers: 1})
	s.run(t, `
		start     => spawn 1
		ready 1
		after 1s
		exit 1 KILL => spawn 2
	`)
	var delays []time.Duration
	for id := 2; id < 12; id++ {
		s.exited(id, end{status: exits["3"]})
		delay, delayed := s.retryIn()
		if !delayed {
			t.Fatalf("boot %d failed and the next is not delayed", id)
		}
		delays = append(delays, delay)
		s.clock = s.clock.Add(delay)
		s.settle()
	}
	want := "[100ms 200ms 400ms 800ms 1.6s 3.2s 6.4s 10s 10s 10s]"
	if got := fmt.Sprint(delays); got != want {
		t.Errorf("delays %s, want %s", got, want)
	}
	s.clock = s.clock.Add(streakEnd + 1)
	s.exited(12, end{status: exits["3"]})
	if delay, _ := s.retryIn(); delay != minBackoff {
		t.Errorf("after a quiet time the delay is %s, want %s", delay, minBackoff)
	}
}

func TestBackoffCountsARoundOnce(t *testing.T) {
	var b backoff
	now := time.Unix(1000, 0)
	for range 5 {
		b.fail(now)
	}
	if got := b.until.Sub(now); got != minBackoff {
		t.Errorf("five workers that fail together delay by %s, want %s", got, minBackoff)
	}
}

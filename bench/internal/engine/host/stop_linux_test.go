package host

import (
	"context"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
)

// startDeaf starts a program that ignores TERM.
func startDeaf(t *testing.T) *child {
	t.Helper()
	c, feed := startCommand(t, openBare(t), "trap '' TERM; exec sleep 600")
	sampleUntil(t, feed, func(s metric.Sample) bool { return len(s.Processes) == 1 && s.Processes[0].Name == "sleep" })
	return c
}

// TestInterruptCutsTheGrace: a program that ignores the signal is killed when the
// context ends, before its grace.
func TestInterruptCutsTheGrace(t *testing.T) {
	c := startDeaf(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if got, err := c.Stop(ctx, time.Hour); got != (backend.Outcome{Code: -1, Signal: 9}) || err != nil {
		t.Errorf("ended %+v, %v; want signal 9", got, err)
	}
}

// TestGraceOfLessThanASecond: it is not cut to whole seconds.
func TestGraceOfLessThanASecond(t *testing.T) {
	c := startDeaf(t)
	began := time.Now()
	got, err := c.Stop(t.Context(), 900*time.Millisecond)
	if took := time.Since(began); got.Signal != 9 || err != nil || took < 900*time.Millisecond {
		t.Errorf("ended %+v, %v, after %v; want signal 9 after at least 900 ms", got, err, took)
	}
}

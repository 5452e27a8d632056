package hostinfo

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/ostime"
)

// sleepLength is the sleep whose wake-up latency is measured.
const sleepLength = time.Millisecond

// wakeupLatency sleeps a millisecond at a time for the duration, on a thread of its
// own. It returns the 99th percentile of how much too long the sleeps were, in
// seconds; nil if ctx ended before the first.
func wakeupLatency(ctx context.Context, duration time.Duration) *float64 {
	late := make(chan []float64)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		var all []float64
		for began := time.Now(); time.Since(began) < duration && ctx.Err() == nil; {
			before := time.Now()
			ostime.Sleep(sleepLength)
			if took := time.Since(before); took >= sleepLength { // a signal may end it early
				all = append(all, (took - sleepLength).Seconds())
			}
		}
		late <- all
	}()
	return p99(<-late)
}

// p99 returns the smallest value that at least 99% of the values do not exceed.
func p99(all []float64) *float64 {
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return &all[(len(all)*99+99)/100-1]
}

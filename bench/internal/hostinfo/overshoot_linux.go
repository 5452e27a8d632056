package hostinfo

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// napLength is the sleep whose overshoot is measured.
const napLength = time.Millisecond

// overshoot sleeps on a thread of its own for that long in all, a millisecond
// at a time, and gives the 99th percentile of how much longer each took, in
// seconds; nil where ctx ended before there were any.
func overshoot(ctx context.Context, long time.Duration) *float64 {
	late := make(chan []float64)
	go func() {
		runtime.LockOSThread() // never unlocked: the sharpened thread ends with the goroutine
		sharpenTimer()
		var all []float64
		for began := time.Now(); time.Since(began) < long && ctx.Err() == nil; {
			if took := nap(napLength); took >= napLength { // a signal may end it early
				all = append(all, (took - napLength).Seconds())
			}
		}
		late <- all
	}()
	return p99(<-late)
}

// p99 is the smallest value that at least 99% of them do not exceed.
func p99(all []float64) *float64 {
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	return &all[(len(all)*99+99)/100-1]
}

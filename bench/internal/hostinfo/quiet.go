package hostinfo

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/memproof/memproof/bench/internal/ostime"
	"github.com/memproof/memproof/bench/metric"
)

// The probe does nothing first, and sleeps for the last third. Sleeps must not count as
// pressure: a thread that wakes a thousand times a second waits some microseconds each
// time. On an idle machine that alone gave 1.3-3.6% CPU pressure, and 0.1-0.3% without.
const sleepShare = 3 // one part in so many

// Probe measures for the duration what the machine does; this process must be idle
// meanwhile. It fits [experiment.Rig.Quiet]. What this system does not provide is
// absent and named in Missing; the error is the context's.
func Probe(ctx context.Context, duration time.Duration) (metric.Noise, error) {
	return Open("/proc").probe(ctx, duration, rest, wakeupLatency)
}

func rest(ctx context.Context, duration time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(duration):
	}
}

// probe takes the pressure of the rest, the wake-up latency of the sleeps, and CPU time
// over both, because the kernel counts it in ticks of 10 ms.
func (r *Reader) probe(ctx context.Context, duration time.Duration, rest func(context.Context, time.Duration),
	sleeps func(context.Context, time.Duration) *float64,
) (metric.Noise, error) {
	n := metric.Noise{At: time.Now().Round(0).UTC(), Boot: r.boot}
	missing := func(what string) (metric.Noise, error) {
		n.Missing = append(n.Missing, what)
		return n, ctx.Err()
	}
	programs, programsErr := ReadPrograms(r.proc)
	before, err := r.Now()
	if err != nil {
		return missing(err.Error())
	}
	rest(ctx, duration-duration/sleepShare)
	rested, err1 := r.Now()
	n.WakeupLatency = sleeps(ctx, duration/sleepShare)
	after, err2 := r.Now()
	if err := errors.Join(err1, err2); err != nil {
		return missing(err.Error())
	}
	if rested.Up <= before.Up || after.Up <= before.Up {
		return missing("the clock of the machine stood still")
	}
	setCPU(&n, before, after)
	setPressure(&n, before, rested)
	if programsErr == nil {
		n.Programs, programsErr = programs.Since(nil)
	}
	if programsErr != nil {
		return missing("programs: " + programsErr.Error())
	}
	return n, ctx.Err()
}

// setCPU sets what the processors did. The kernel counts the machine in ticks and this
// process exactly, so a difference may come out a little below zero.
func setCPU(n *metric.Noise, before, after *metric.Machine) {
	took := after.Up - before.Up
	n.OtherCPU = new(max(0, (after.Tasks()-after.Sampler-before.Tasks()+before.Sampler)/took))
	n.Interrupts = new(max(0, (*after.Interrupts-*before.Interrupts)/took))
	n.Steal = new(max(0, (after.Steal-before.Steal)/took))
}

func setPressure(n *metric.Noise, before, after *metric.Machine) {
	share := func(resource string, from, to *float64) *float64 {
		if from == nil || to == nil {
			n.Missing = append(n.Missing, "the kernel has no PSI for "+resource)
			return nil
		}
		return new(max(0, (*to-*from)/(after.Up-before.Up)))
	}
	n.PressureCPU = share("cpu", before.PressureCPU, after.PressureCPU)
	n.PressureMemory = share("memory", before.PressureMemory, after.PressureMemory)
	n.PressureIO = share("io", before.PressureIO, after.PressureIO)
}

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
			ostime.Sleep(metric.WakeupSleep)
			if took := time.Since(before); took >= metric.WakeupSleep { // a signal may end it early
				all = append(all, (took - metric.WakeupSleep).Seconds())
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

package hostinfo

import (
	"context"
	"errors"
	"time"

	"github.com/memproof/memproof/bench/metric"
)

// A look is a rest, in which this process does nothing, and then naps. The naps
// must not be in the pressure: a thread that wakes a thousand times a second
// waits a few microseconds each time, and on an idle machine that alone was
// 1.3-3.6% of the time, against 0.1-0.3% at rest.
const napsShare = 3 // of a look, one in so many

// Probe looks for that long what the machine does; this process is to do nothing
// else meanwhile. It fits [experiment.Rig.Quiet]. What this system
// does not give is absent from the answer and named in it; the error is the
// context's.
func Probe(ctx context.Context, look time.Duration) (metric.Noise, error) {
	return Open("/proc").probe(ctx, look, rest, overshoot)
}

func rest(ctx context.Context, long time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(long):
	}
}

// probe takes the pressure of the rest, the overshoot of the naps, and CPU time
// over both, since the kernel counts it in ticks of 10 ms.
func (r *Reader) probe(ctx context.Context, look time.Duration, rest func(context.Context, time.Duration), naps func(context.Context, time.Duration) *float64) (metric.Noise, error) {
	n := metric.Noise{At: time.Now().Round(0).UTC(), Boot: r.boot}
	programs, programsErr := SeePrograms(r.proc)
	before, err := r.Now()
	if err != nil {
		n.Missing = append(n.Missing, err.Error())
		return n, ctx.Err()
	}
	rest(ctx, look-look/napsShare)
	rested, err1 := r.Now()
	n.WakeupLatency = naps(ctx, look/napsShare)
	after, err2 := r.Now()
	if err := errors.Join(err1, err2); err != nil {
		n.Missing = append(n.Missing, err.Error())
		return n, ctx.Err()
	}
	if rested.Up <= before.Up || after.Up <= before.Up {
		n.Missing = append(n.Missing, "the clock of the machine stood still")
		return n, ctx.Err()
	}
	compareCPU(&n, before, after)
	comparePressure(&n, before, rested)
	if programsErr == nil {
		n.Programs, programsErr = programs.Since(nil)
	}
	if programsErr != nil {
		n.Missing = append(n.Missing, "programs: "+programsErr.Error())
	}
	return n, ctx.Err()
}

// compareCPU fills in what the processors did. The kernel counts the machine in
// ticks and this process exactly, so that the difference may come out a little
// below zero.
func compareCPU(n *metric.Noise, before, after *metric.Machine) {
	took := after.Up - before.Up
	foreign := max(0, (after.Tasks()-after.Sampler-before.Tasks()+before.Sampler)/took)
	interrupts := max(0, (*after.Interrupts-*before.Interrupts)/took)
	steal := max(0, (after.Steal-before.Steal)/took)
	n.OtherCPU, n.Interrupts, n.Steal = &foreign, &interrupts, &steal
}

func comparePressure(n *metric.Noise, before, after *metric.Machine) {
	for _, p := range []struct {
		to       **float64
		from, by *float64
		name     string
	}{
		{&n.PressureCPU, before.PressureCPU, after.PressureCPU, "cpu"},
		{&n.PressureMemory, before.PressureMemory, after.PressureMemory, "memory"},
		{&n.PressureIO, before.PressureIO, after.PressureIO, "io"},
	} {
		if p.from == nil || p.by == nil {
			n.Missing = append(n.Missing, "the kernel has no PSI for "+p.name)
			continue
		}
		share := max(0, (*p.by-*p.from)/(after.Up-before.Up))
		*p.to = &share
	}
}

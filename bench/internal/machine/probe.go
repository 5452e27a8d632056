package machine

import (
	"context"
	"time"

	"github.com/memproof/memproof/bench"
)

// probeLength is how long a look at the machine takes.
const probeLength = time.Second

// Probe looks for about a second what the machine does; this process is to do
// nothing else meanwhile. It fits [bench.Rig.Quiet]. What this system does not
// give is absent from the answer and named in it; the error is the context's.
func Probe(ctx context.Context) (bench.Noise, error) { return Open("/proc").probe(ctx, overshoot) }

// probe reads the counts before and after naps whose overshoot it takes.
func (r *Reader) probe(ctx context.Context, naps func(context.Context, time.Duration) *float64) (bench.Noise, error) {
	n := bench.Noise{At: time.Now().Round(0).UTC(), Boot: r.boot}
	before, err := r.Now()
	if err != nil {
		n.Missing = append(n.Missing, err.Error())
		return n, ctx.Err()
	}
	n.Overshoot = naps(ctx, probeLength)
	after, err := r.Now()
	if err != nil {
		n.Missing = append(n.Missing, err.Error())
		return n, ctx.Err()
	}
	compare(&n, before, after)
	return n, ctx.Err()
}

// compare fills in what happened between two readings. The kernel counts the
// machine in ticks and this process exactly, so that the difference may come
// out a little below zero.
func compare(n *bench.Noise, before, after *bench.Machine) {
	took := after.Up - before.Up
	if took <= 0 {
		n.Missing = append(n.Missing, "the clock of the machine stood still")
		return
	}
	per := func(from, to float64) *float64 {
		v := max(0, (to-from)/took)
		return &v
	}
	n.ForeignCPU = per(before.Busy-before.Sampler, after.Busy-after.Sampler)
	n.Steal = per(before.Steal, after.Steal)
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
		*p.to = per(*p.from, *p.by)
	}
}

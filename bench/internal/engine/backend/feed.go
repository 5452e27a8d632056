package backend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/memproof/memproof/bench/internal/engine/logfile"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Feed is a running sampler. Samples without a reader are dropped.
type Feed struct {
	Stop  func(ctx context.Context) error // ends the sampler and waits
	ended chan struct{}                   // closed when the sampler gives no more
	err   error                           // why; after ended
	log   string                          // file with its messages

	mu     sync.Mutex
	sink   func(metric.Sample)  // nil: no reader
	limits *metric.CgroupLimits // of the first sample; nil until then, or where they can't be read
}

// NewFeed reads JSON samples from r until its end; see [Feed.Stop].
func NewFeed(r io.ReadCloser, log string, stop func(ctx context.Context) error) *Feed {
	f := &Feed{Stop: stop, ended: make(chan struct{}), log: log}
	go func() {
		defer close(f.ended)
		f.err = errors.Join(record.DecodeSamples(r, f.deliver), r.Close())
	}()
	return f
}

// Ended is closed when the sampler gives no more.
func (f *Feed) Ended() <-chan struct{} { return f.ended }

func (f *Feed) deliver(s metric.Sample) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.Cgroup != nil && s.Cgroup.Limits != nil {
		f.limits = s.Cgroup.Limits
	}
	if f.sink != nil {
		f.sink(s)
	}
	return nil
}

// attach sets the sink. Once it returns, the last one is not called again.
func (f *Feed) attach(sink func(metric.Sample)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sink = sink
}

// Sample passes samples to sink until ctx ends or sink fails. A sampler that ends
// before is an error.
func (f *Feed) Sample(ctx context.Context, sink func(metric.Sample) error) error {
	failed := make(chan error, 1)
	var sinkErr error
	f.attach(func(s metric.Sample) {
		if sinkErr != nil {
			return
		}
		if sinkErr = sink(s); sinkErr != nil {
			failed <- sinkErr
		}
	})
	defer f.attach(nil)
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	case <-f.ended:
		err := cmp.Or(f.err, io.ErrUnexpectedEOF)
		return fmt.Errorf("the sampler ended before it was asked to: %w%s", err, logfile.QuoteTail(f.log))
	}
}

// How long the first sample may take, and how long after it one with all parts of the
// memory: a process that ends while it is read can't explain so long a gap.
const (
	firstPatience = 30 * time.Second
	wholePatience = 5 * time.Second
)

// AwaitMemory returns once a sample holds the memory, of a container or of processes
// without one. The error is a [metric.Unmeasurable] that names the parts the samples
// lack, or the context's.
func (f *Feed) AwaitMemory(ctx context.Context, contained bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	lacks := fmt.Sprintf("its sampler gave no sample in %s", firstPatience)
	first, whole := true, false // as lacks, under f.mu
	timer := time.AfterFunc(firstPatience, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		cancel(metric.Unmeasurable{Why: lacks})
	})
	defer timer.Stop()
	err := f.Sample(ctx, func(s metric.Sample) error {
		if first {
			timer.Reset(wholePatience)
			first = false
		}
		if lacks = s.Lacks(contained); lacks == "" {
			whole = true
			cancel(nil)
		}
		return nil
	})
	switch {
	case whole:
		return nil
	case err != nil:
		return metric.Unmeasurable{Why: err.Error()}
	}
	return context.Cause(ctx)
}

// HeldTo compares the limits in the cgroup with the asked ones. Those that could not be
// read are the daemon's to check.
func (f *Feed) HeldTo(asked *scenario.Limits) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limits == nil || asked == nil {
		return nil
	}
	got := Held{CPUs: f.limits.CPUs, CPUSet: asked.CPUSet, Memory: int64(f.limits.Memory)}
	return got.Check(*asked)
}

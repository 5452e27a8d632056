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

// Feed is a running sampler. What it reads while nobody asks is dropped.
type Feed struct {
	stop  func(ctx context.Context) error
	ended chan struct{} // closed when the sampler gives no more
	err   error         // why; after ended
	log   string        // file with its words

	mu     sync.Mutex
	sink   func(metric.Sample) error
	failed chan error           // what the sink returned
	limits *metric.CgroupLimits // of the first sample; nil until then, or where they can't be read
}

// NewFeed reads JSON samples from r until it ends; stop ends the sampler and
// waits.
func NewFeed(r io.ReadCloser, log string, stop func(ctx context.Context) error) *Feed {
	f := &Feed{stop: stop, ended: make(chan struct{}), log: log}
	go func() {
		defer close(f.ended)
		f.err = errors.Join(record.DecodeSamples(r, f.deliver), r.Close())
	}()
	return f
}

// Stop ends the sampler and waits.
func (f *Feed) Stop(ctx context.Context) error { return f.stop(ctx) }

// Ended is closed when the sampler gives no more.
func (f *Feed) Ended() <-chan struct{} { return f.ended }

func (f *Feed) deliver(s metric.Sample) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.Cgroup != nil && s.Cgroup.Limits != nil {
		f.limits = s.Cgroup.Limits
	}
	if f.sink == nil {
		return nil
	}
	if err := f.sink(s); err != nil {
		f.failed <- err
		f.sink = nil
	}
	return nil
}

// Sample hands samples to sink until ctx ends. A sampler that ends before is
// an error.
func (f *Feed) Sample(ctx context.Context, sink func(metric.Sample) error) error {
	failed := make(chan error, 1)
	f.attach(sink, failed)
	defer f.attach(nil, nil)
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	case <-f.ended:
		return fmt.Errorf("the sampler ended before it was asked to: %w%s", cmp.Or(f.err, io.ErrUnexpectedEOF), logfile.QuoteTail(f.log))
	}
}

// How long the first sample may take, and how long after it one that holds the
// headline: what lacks for so long is no process that ended while it was read.
const (
	firstPatience = 30 * time.Second
	wholePatience = 5 * time.Second
)

// AwaitMemory returns once a sample holds the headline memory, of a container or
// of processes without one. The error is a [metric.Unmeasurable] that says what
// the samples lack, or the context's.
func (f *Feed) AwaitMemory(ctx context.Context, contained bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	mute := time.AfterFunc(firstPatience, func() {
		cancel(metric.Unmeasurable{Why: fmt.Sprintf("its sampler gave no sample in %s", firstPatience)})
	})
	defer mute.Stop()
	var first time.Time
	err := f.Sample(ctx, func(s metric.Sample) error {
		mute.Stop()
		if first.IsZero() {
			first = time.Now()
		}
		lacks := s.Lacks(contained)
		if lacks == "" {
			return errWhole
		}
		if time.Since(first) >= wholePatience {
			return metric.Unmeasurable{Why: lacks}
		}
		return nil
	})
	switch {
	case errors.Is(err, errWhole):
		return nil
	case err == nil:
		return context.Cause(ctx)
	case errors.As(err, new(metric.Unmeasurable)):
		return err
	}
	return metric.Unmeasurable{Why: err.Error()}
}

// errWhole says that a sample holds what is wanted.
var errWhole = errors.New("whole")

// HeldTo compares the limits in the cgroup with those that were asked for. What
// could not be read is left to the daemon's own word.
func (f *Feed) HeldTo(asked *scenario.Limits) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limits == nil || asked == nil {
		return nil
	}
	got := Held{CPUs: f.limits.CPUs, CPUSet: asked.CPUSet, Memory: int64(f.limits.Memory)}
	return got.Check(*asked)
}

// attach sets the sink. Once it returns, the last one is not called again.
func (f *Feed) attach(sink func(metric.Sample) error, failed chan error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sink, f.failed = sink, failed
}

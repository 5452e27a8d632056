package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/memproof/memproof/bench"
)

// samplerPackage is the program that reads memory and CPU beside a variant.
const samplerPackage = "github.com/memproof/memproof/bench/cmd/sampler"

// samplerRate is how many samples of a variant it takes a second.
const samplerRate = 5

// feed is a running sampler. What it reads while nobody asks is dropped.
type feed struct {
	stop  func(ctx context.Context) error // ends the sampler and waits
	ended chan struct{}                   // closed when the sampler gives no more
	err   error                           // why; after ended
	log   string                          // file with its words

	mu     sync.Mutex
	sink   func(bench.Sample) error
	failed chan error // what the sink returned
}

// newFeed reads JSON samples from r until it ends.
func newFeed(r io.ReadCloser, log string, stop func(ctx context.Context) error) *feed {
	f := &feed{stop: stop, ended: make(chan struct{}), log: log}
	go func() {
		defer close(f.ended)
		f.err = errors.Join(bench.DecodeSamples(r, f.deliver), r.Close())
	}()
	return f
}

func (f *feed) deliver(s bench.Sample) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sink == nil {
		return nil
	}
	if err := f.sink(s); err != nil {
		f.failed <- err
		f.sink = nil
	}
	return nil
}

// sample hands samples to sink until ctx ends. A sampler that ends before is
// an error.
func (f *feed) sample(ctx context.Context, sink func(bench.Sample) error) error {
	failed := make(chan error, 1)
	f.attach(sink, failed)
	defer f.attach(nil, nil)
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	case <-f.ended:
		return fmt.Errorf("the sampler ended before it was asked to: %w%s", cmp.Or(f.err, io.ErrUnexpectedEOF), quoteTail(f.log))
	}
}

// awaitMemory returns once a sample holds the headline memory by that basis. The
// error says what the samples lack.
func (f *feed) awaitMemory(ctx context.Context, basis string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lacks := "there was none"
	errWhole := errors.New("whole")
	err := f.sample(ctx, func(s bench.Sample) error {
		if _, ok := s.Memory(basis); ok {
			return errWhole
		}
		lacks = cmp.Or(strings.Join(s.Missing, "; "), "it lacks the memory of the "+basis+" basis")
		return nil
	})
	switch {
	case errors.Is(err, errWhole):
		return nil
	case err != nil:
		return err
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("no sample holds the memory of the service within %v: %s", patience, lacks)
	}
	return ctx.Err()
}

// attach sets the sink. Once it returns, the last one is not called again.
func (f *feed) attach(sink func(bench.Sample) error, failed chan error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sink, f.failed = sink, failed
}

package experiment

import (
	"context"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// windowCount reads the counters at the first hit after the window. So the service's
// own numbers describe the measured load, and not capacity steps that overload it. If
// no hit follows the window, it reads them at the end of the load.
//
// It reads them in parallel with the load. The reading takes seconds if Docker is
// asked, and a generator that waited for it would send late.
type windowCount struct {
	read        func(context.Context) (record.Counters, error)
	end, length time.Duration // ends of the window and of the load, from the load's beginning
	done        chan struct{} // nil until the reading begins, closed when it ends
	counters    record.Counters
	err         error
}

func (r *trialRun) countWindow() *windowCount {
	return &windowCount{read: r.subject.Count, end: r.scenario.WindowEnd(), length: r.scenario.LoadLength()}
}

// before wraps the sink of hits. Each hit may start the reading.
func (w *windowCount) before(ctx context.Context, sink func(metric.Hit) error) func(metric.Hit) error {
	return func(h metric.Hit) error {
		if w.end < w.length && h.Intended >= w.end && w.done == nil {
			w.done = make(chan struct{})
			go func() {
				defer close(w.done)
				w.counters, w.err = w.read(ctx)
			}()
		}
		return sink(h)
	}
}

// wait waits for a reading that has begun.
func (w *windowCount) wait() (record.Counters, error) {
	if w.done == nil {
		return nil, nil
	}
	<-w.done
	return w.counters, w.err
}

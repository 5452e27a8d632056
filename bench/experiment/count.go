package experiment

import (
	"context"
	"time"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// windowCount reads the counters when the first hit after the window is over, so
// that what the service tells is of the load that is measured and not of probes
// beyond what it can do. A load in which no hit comes after the window is counted
// when it has ended.
//
// It reads them beside the load: they take seconds where Docker is asked, and a
// generator that waits for them sends late.
type windowCount struct {
	read        func(context.Context) (record.Counters, error)
	end, length time.Duration // of the window and of the load, since it began
	done        chan struct{} // nil until the reading begins, closed when it is over
	counters    record.Counters
	err         error
}

func (r *trialRun) countWindow() *windowCount {
	return &windowCount{read: r.subject.Count, end: r.scenario.WindowEnd(), length: r.scenario.LoadLength()}
}

// before is the sink of hits, with the look at each that begins the reading.
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

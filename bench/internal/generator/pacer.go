package generator

import (
	"context"
	"time"
)

// pacer makes vegeta keep to the schedule. It waits inside Pace, with the
// finest timer the system has, since vegeta's time.Sleep wakes 0.5 to 1 ms late,
// and it ends the attack after the last hit.
type pacer struct {
	ctx      context.Context
	schedule *schedule
	pending  *pending // where the hit goes whose turn it is
	nap      func(time.Duration)
	began    time.Time // offset 0 of the attack; set by the first Pace
}

// Pace returns when hit number hits is due.
func (p *pacer) Pace(elapsed time.Duration, hits uint64) (wait time.Duration, stop bool) {
	if p.began.IsZero() {
		p.began = time.Now().Add(-elapsed)
	}
	if hits >= p.schedule.hits() {
		return 0, true
	}
	f := &flight{due: p.schedule.at(hits), target: p.schedule.target(hits)}
	p.pending.add(hits, f)
	return 0, !p.await(f.due)
}

// await waits until an offset has passed; false means that the context ended.
func (p *pacer) await(offset time.Duration) bool {
	due := p.began.Add(offset)
	for {
		left := time.Until(due)
		if p.ctx.Err() != nil {
			return false
		}
		if left <= 0 {
			return true
		}
		p.nap(p.rest(left))
	}
}

// awaitEnd waits for the end of the last phase, whose last hit comes before it: at
// a low rate by seconds, and by all of it where the phase is a rest.
func (p *pacer) awaitEnd() {
	if !p.began.IsZero() {
		p.await(p.schedule.long())
	}
}

// Rate is for vegeta's own use.
func (p *pacer) Rate(elapsed time.Duration) float64 { return p.schedule.rate(elapsed) }

// A rest is short enough to notice an interrupt. And where hits are due faster
// than a thread can sleep and wake, it is long enough for some of them to fall
// due together: at 30,000 a second a sleep for each takes a tenth of the
// processor time that there is to send them.
const (
	longestRest  = 50 * time.Millisecond
	shortestRest = 250 * time.Microsecond
	crowd        = 10_000 // hits a second
)

func (p *pacer) rest(left time.Duration) time.Duration {
	if left < shortestRest && p.Rate(time.Since(p.began)) > crowd {
		return shortestRest
	}
	return min(left, longestRest)
}

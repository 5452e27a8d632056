package generator

import (
	"context"
	"time"
)

// pacer makes vegeta follow the schedule. It waits inside Pace, with the most precise
// timer of the system, because vegeta's time.Sleep wakes 0.5 to 1 ms late. It ends the
// attack after the last hit.
type pacer struct {
	ctx      context.Context
	schedule *schedule
	pending  *pending // gets each hit at its turn
	sleep    func(time.Duration)
	began    time.Time // offset 0 of the attack; set by the first Pace
}

// Pace returns when hit number hits is due.
func (p *pacer) Pace(elapsed time.Duration, hits uint64) (wait time.Duration, stop bool) {
	if p.began.IsZero() {
		p.began = time.Now().Add(-elapsed)
	}
	if hits >= p.schedule.hits {
		return 0, true
	}
	f := &flight{due: p.schedule.at(hits), target: p.schedule.target(hits)}
	p.pending.add(hits, f)
	return 0, !p.await(f.due)
}

// await waits until an offset has passed; false if the context ended.
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
		p.sleep(p.quantum(left))
	}
}

// Rate is for vegeta's own use.
func (p *pacer) Rate(elapsed time.Duration) float64 { return p.schedule.rate(elapsed) }

// A sleep is at most 50 ms, so that cancellation is noticed. Above batchRate, in hits a
// second, it is at least 250 µs, and what is due by then goes out in a batch: at 30,000 a
// second one sleep per request takes a tenth of the CPU time that there is to send them.
const (
	longestSleep  = 50 * time.Millisecond
	shortestSleep = 250 * time.Microsecond
	batchRate     = 10_000
)

// quantum returns how long to sleep when that much time is left.
func (p *pacer) quantum(left time.Duration) time.Duration {
	if left < shortestSleep && p.Rate(time.Since(p.began)) > batchRate {
		return shortestSleep
	}
	return min(left, longestSleep)
}

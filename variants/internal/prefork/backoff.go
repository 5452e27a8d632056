package prefork

import "time"

const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 10 * time.Second

	// A streak of failures is over when none came for this long. It must
	// exceed maxBackoff, or the longest delay would end the streak itself.
	streakEnd = 2 * maxBackoff
)

// backoff delays the next spawn after failed ones: 100 ms, 200 ms, … 10 s.
type backoff struct {
	streak int       // rounds failed in a row
	last   time.Time // when the latest of them failed
	until  time.Time // no spawn before
}

// fail counts a failure. Workers are spawned in rounds; those of a round that
// fail together, as when the database is away, count once.
func (b *backoff) fail(now time.Time) {
	if b.holds(now) {
		return
	}
	if now.Sub(b.last) > streakEnd {
		b.streak = 0
	}
	delay := maxBackoff
	if b.streak < 7 { // 100 ms << 7 is 12.8 s
		delay = minBackoff << b.streak
	}
	b.streak++
	b.last, b.until = now, now.Add(delay)
}

func (b *backoff) holds(now time.Time) bool { return now.Before(b.until) }

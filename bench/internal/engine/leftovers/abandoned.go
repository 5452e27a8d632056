package leftovers

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// RemoveAbandoned removes what sessions left whose process has ended, in the places
// of the session l. It tells say of each, and in one line of those that it leaves
// since their process can't be seen from here. What it can't remove is an error, and
// no reason not to run.
func (p Places) RemoveAbandoned(ctx context.Context, l Leftovers, say func(string)) error {
	found, err := p.find(ctx, l.Places)
	errs := []error{err}
	foreign := 0
	var oldest time.Time
	for _, r := range found {
		switch {
		case r.Session == l.Session:
		case r.Ended():
			say(fmt.Sprintf("removing what an interrupted run left behind (session %s)", r.Session))
			errs = append(errs, r.Remove(ctx))
		case r.fate == unseen:
			if foreign++; oldest.IsZero() || r.Since.Before(oldest) {
				oldest = r.Since
			}
		}
	}
	if foreign > 0 {
		say(fmt.Sprintf("there are remains of %s whose process can't be seen from here, the oldest %s old; it may still run. To see or remove them: memproof clean",
			sessionsCount(foreign), age(oldest)))
	}
	return errors.Join(errs...)
}

func sessionsCount(n int) string {
	if n == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", n)
}

// age is in the unit that tells it best.
func age(since time.Time) string {
	switch d := time.Since(since); {
	case since.IsZero():
		return "an unknown time"
	case d > 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d > 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	default:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
}

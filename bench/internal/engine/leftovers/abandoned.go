package leftovers

import (
	"context"
	"errors"
	"fmt"
)

// RemoveAbandoned removes what sessions left whose process has ended, in the places
// of the session l. It reports each of them to say, and how many it leaves since
// their process can't be seen from here. What it can't remove is an error, but no
// reason not to run.
func (p Places) RemoveAbandoned(ctx context.Context, l Leftovers, say func(string)) error {
	found, err := p.find(ctx, l.Places)
	errs := []error{err}
	left := 0
	for _, r := range found {
		switch {
		case r.Session == l.Session || r.Alive():
		case r.Ended():
			say(fmt.Sprintf("removing what an interrupted run left behind (session %s)", r.Session))
			errs = append(errs, r.Remove(ctx))
		default:
			left++
		}
	}
	if left > 0 {
		say(fmt.Sprintf("%d earlier sessions left things whose process can't be seen from here, and may still run: memproof clean lists and removes them", left))
	}
	return errors.Join(errs...)
}

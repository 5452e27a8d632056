package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
)

// cleanCommand removes what runs left behind. If the process of a run cannot be seen
// from here, such as a killed container of a CI, its name or -older is needed.
func cleanCommand(ctx context.Context, c *invocation) (int, error) {
	older := c.Duration("older", 0, "also remove what is older than this `duration`, unless its run is seen to be alive")
	names, err := c.parse("sessions, or none", 0, math.MaxInt)
	if err != nil {
		return 0, err
	}
	found, err := engine.FindRemains(ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if !slices.ContainsFunc(found, func(r leftovers.Remains) bool { return r.Session == name }) {
			return 0, badInput("session %q: nothing found; memproof clean lists all sessions", name)
		}
	}
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for _, r := range found {
		named := slices.Contains(names, r.Session)
		if named && r.Alive() {
			return 0, badInput("session %s belongs to a run in progress: interrupt the run, which removes everything", r.Session)
		}
		old := *older > 0 && !r.Since.IsZero() && time.Since(r.Since) > *older
		result, err := removeUnused(ctx, r, named || old)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Session, result, r)
	}
	if len(found) == 0 {
		fmt.Fprintln(t, "no run left anything")
	}
	return 0, nil
}

// removeUnused removes what no run uses, or what the person asked to remove.
func removeUnused(ctx context.Context, r leftovers.Remains, asked bool) (result string, err error) {
	switch {
	case r.Alive():
		return "kept: its run is in progress", nil
	case r.Ended() || asked:
		return "removed", r.Remove(ctx)
	}
	return "kept: its process cannot be seen from here; to remove it: memproof clean " + r.Session, nil
}

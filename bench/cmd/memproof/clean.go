package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/engine/leftovers"
	"github.com/memproof/memproof/bench/internal/runner"
)

// cleanCommand removes what runs left behind. Those whose process can't be seen
// from here, such as a killed container of a CI, are removed only by name or age.
func cleanCommand(ctx context.Context, args []string, out, errOut io.Writer) (int, error) {
	fs := newFlags("clean", errOut)
	older := fs.Duration("older", 0, "remove also what is older than this `duration` and not of a run that is seen to go on")
	names, err := parse(fs, args)
	if err != nil {
		return 0, err
	}
	found, err := engine.FindRemains(ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if !slices.ContainsFunc(found, func(r leftovers.Remains) bool { return r.Session == name }) {
			return 0, badInput("nothing is found of a session %q: memproof clean lists them", name)
		}
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for _, r := range found {
		named := slices.Contains(names, r.Session)
		if named && r.Alive() {
			return 0, runner.BadInput{Err: fmt.Errorf("session %s is of a run that goes on: interrupt that, it then removes all it has", r.Session)}
		}
		old := *older > 0 && !r.Since.IsZero() && time.Since(r.Since) > *older
		what, err := cleaned(ctx, r, named || old)
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.Session, what, r)
	}
	if len(found) == 0 {
		fmt.Fprintln(t, "nothing is left of any run")
	}
	return 0, nil
}

// cleaned removes the remains where that can harm no run, or was asked for.
func cleaned(ctx context.Context, r leftovers.Remains, asked bool) (what string, err error) {
	switch {
	case r.Alive():
		return "kept: its run goes on", nil
	case r.Ended() || asked:
		return "removed", r.Remove(ctx)
	}
	return "kept: its process can't be seen from here; to remove it: memproof clean " + r.Session, nil
}

package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

// Choose chooses an engine for a scenario, nil for runs in general, with the reason in
// one line. It waits a few seconds for daemons and registries. Where the machine has no
// engine of that name, the error says what to install or start.
func Choose(ctx context.Context, name Name, sc *scenario.Scenario) (chosen Name, why string, err error) {
	c, err := choose(ctx, name, engines, sc)
	if err != nil {
		return "", "", err
	}
	c.found.Release()
	return Name(c.engine.Name), c.why(), nil
}

// choice is the engine that a run takes.
type choice struct {
	engine backend.Engine
	found  backend.Found
	passed error // why the engines before it were not taken; nil: it is the first
}

func (c choice) why() string {
	if c.passed != nil {
		return fmt.Sprintf("%s: %v", c.engine.Name, c.passed)
	}
	return c.engine.Name + ": " + c.found.Why
}

// obstacle is the reason why a run can't take the engine; nil: it can. An engine that
// replaces another must be able to start all that the scenario names.
func (c choice) obstacle(sc *scenario.Scenario) error {
	var refused error
	if c.passed != nil && sc != nil && c.engine.Refuses != nil {
		refused = c.engine.Refuses(sc)
	}
	return errors.Join(refused, c.found.Err)
}

// choose returns the first engine of that name that can run the scenario; with an error,
// the last engine that it tried.
func choose(ctx context.Context, name Name, engines []backend.Engine, sc *scenario.Scenario) (c choice, err error) {
	var failures []error
	for _, e := range engines {
		if !name.includes(e) {
			continue
		}
		c.engine, c.found = e, e.Find(ctx, sc)
		obstacle := c.obstacle(sc)
		if obstacle == nil {
			return c, nil
		}
		c.found.Release()
		if ctx.Err() != nil {
			return c, ctx.Err()
		}
		c.passed = errors.Join(c.passed, obstacle)
		if c.found.Remedy != "" {
			obstacle = fmt.Errorf("%w: %s", obstacle, c.found.Remedy)
		}
		if name != Auto {
			return c, obstacle
		}
		failures = append(failures, fmt.Errorf("  %s: %w", e.Name, obstacle))
	}
	return c, fmt.Errorf("no engine on this machine\n%w", errors.Join(failures...))
}

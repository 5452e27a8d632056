package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

// Choose settles on an engine for a scenario, nil for runs in general, and says why
// in one line. It waits a few seconds for daemons and registries. The error says what
// to install or start where the machine has nothing of what kind asks for.
func Choose(ctx context.Context, kind Name, sc *scenario.Scenario) (chosen Name, why string, err error) {
	c, err := choose(ctx, kind, engines, sc)
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
	passed error // why the engines before it were not taken; nil: there was none
}

func (c choice) why() string {
	if c.passed != nil {
		return fmt.Sprintf("%s: %v", c.engine.Name, c.passed)
	}
	return c.engine.Name + ": " + c.found.Why
}

// obstacle says why a run can't take it; nil: it can. An engine that stands in for
// another must be able to start all that the scenario names.
func (c choice) obstacle(sc *scenario.Scenario) error {
	var refused error
	if c.passed != nil && sc != nil && c.engine.Refuses != nil {
		refused = c.engine.Refuses(sc)
	}
	return errors.Join(refused, c.found.Err)
}

// choose takes the first engine of the kind that can run the scenario. Beside an
// error the choice is the last engine that was looked for.
func choose(ctx context.Context, kind Name, engines []backend.Engine, sc *scenario.Scenario) (c choice, err error) {
	var failures []error
	for _, e := range engines {
		if !kind.includes(e) {
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
		if kind != Auto {
			return c, obstacle
		}
		failures = append(failures, fmt.Errorf("  %s: %w", e.Name, obstacle))
	}
	return c, fmt.Errorf("no engine on this machine\n%w", errors.Join(failures...))
}

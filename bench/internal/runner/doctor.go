package runner

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/hostinfo"
	"github.com/memproof/memproof/bench/scenario"
)

// Doctor says what the machine has for a run of the scenario on an engine of
// that kind, and what it can't measure. sc is nil for runs in general; dir is
// where the run would be left. It takes a second or a few. The error is the
// context's.
func Doctor(ctx context.Context, sc *scenario.Scenario, kind engine.Name, dir string) ([]doctor.Check, error) {
	started, can, err := engine.Inspect(ctx, kind, sc)
	if err != nil {
		return nil, err
	}
	// After the engine's, so that what those looks cost is over.
	facts, err := hostinfo.Inspect(ctx, dir)
	if err != nil {
		return nil, err
	}
	need := doctor.NeedOf(sc)
	need.Processes, need.PinsCPU = !can.Contained(), can.PinsCPU
	return slices.Concat(doctor.Checks(facts, need), started), nil
}

// Examine is Doctor for the run that the options ask for. A scenario with
// mistakes is [BadInput].
func (o Options) Examine(ctx context.Context) ([]doctor.Check, error) {
	sc, _, err := o.read()
	if err != nil {
		return nil, BadInput{err}
	}
	if o.Resume && o.Engine == engine.Auto {
		if o.Engine, err = begunOn(o.Dir); err != nil {
			return nil, BadInput{err}
		}
	}
	return Doctor(ctx, sc, o.Engine, filepath.Clean(o.Dir))
}

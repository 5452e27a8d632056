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

// Doctor checks whether the machine can run the scenario on that engine, and what it
// cannot measure. sc is nil for runs in general; dir is the folder for the run. It takes
// a few seconds. The error is the context's.
func Doctor(ctx context.Context, sc *scenario.Scenario, name engine.Name, dir string) ([]doctor.Check, error) {
	checks, can, err := engine.Inspect(ctx, name, sc)
	if err != nil {
		return nil, err
	}
	// The host after the engine, because the engine's checks cost CPU.
	facts, err := hostinfo.Inspect(ctx, dir)
	if err != nil {
		return nil, err
	}
	need := doctor.NeedOf(sc)
	need.Processes, need.PinsCPU = !can.Contained(), can.PinsCPU
	return slices.Concat(doctor.Checks(facts, need), checks), nil
}

// Examine is Doctor for the run that the options ask for. A scenario with mistakes is
// [BadInput].
func (o Options) Examine(ctx context.Context) ([]doctor.Check, error) {
	sc, err := o.read()
	if err != nil {
		return nil, err
	}
	return Doctor(ctx, sc, o.Engine, filepath.Clean(o.Dir))
}

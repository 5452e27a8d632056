package engine

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

// Inspect returns the doctor's lines of the engines and of Go for a scenario, nil for runs
// in general, and the capabilities of the engine that its run would take. It may wait a
// few seconds for daemons and registries. The error is the context's.
func Inspect(ctx context.Context, name Name, sc *scenario.Scenario) ([]doctor.Check, backend.Capabilities, error) {
	checks, taken := inspect(ctx, name, engines, sc)
	return append(checks, checkGo(inspectGo(ctx))), taken.Capabilities, ctx.Err()
}

// inspect returns the lines of all engines, and the engine that a run would take; where
// it could take none, the last that was tried.
func inspect(ctx context.Context, name Name, engines []backend.Engine, sc *scenario.Scenario) ([]doctor.Check, backend.Engine) {
	engines = slices.Clone(engines)
	for i, e := range engines {
		f := e.Find(ctx, sc)
		defer f.Release()
		f.Close = nil // choose releases it, and the checks still use it
		engines[i].Find = func(context.Context, *scenario.Scenario) backend.Found { return f }
	}
	c, err := choose(ctx, name, engines, sc)
	var checks []doctor.Check
	for _, e := range engines {
		s := backend.Standing{Asked: name.includes(e)}
		if err == nil && e.Name != c.engine.Name {
			s.Instead = &c.engine
		}
		checks = append(checks, e.Find(ctx, sc).Checks(ctx, s)...)
	}
	return checks, c.engine
}

func inspectGo(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "version").Output()
	return strings.TrimPrefix(strings.TrimSpace(string(out)), "go version "), err
}

func checkGo(version string, err error) doctor.Check {
	if err != nil {
		return doctor.Check{
			Name: "go", State: doctor.StateFail, Found: fmt.Sprint(err),
			Means: "variants and the sampler can't be built", Remedy: "install Go from https://go.dev/dl and put it on PATH",
		}
	}
	return doctor.Check{Name: "go", State: doctor.StateOK, Found: version}
}

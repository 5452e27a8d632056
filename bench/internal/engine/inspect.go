package engine

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
)

// Inspect says what the machine has of what the engine needs for a scenario, nil
// for runs in general, and what can be known of the variants of such a run. It is for
// memproof doctor, and may wait a few seconds for daemons and registries. The error
// is the context's.
func Inspect(ctx context.Context, kind Name, sc *scenario.Scenario) ([]doctor.Check, backend.Capabilities, error) {
	checks, taken := inspect(ctx, kind, engines, sc)
	return append(checks, checkGo(inspectGo(ctx))), taken.Capabilities, ctx.Err()
}

// inspect has the lines of all engines, and the one that a run would take; where it
// could take none, the last that was asked for.
func inspect(ctx context.Context, kind Name, engines []backend.Engine, sc *scenario.Scenario) (checks []doctor.Check, taken backend.Engine) {
	var looked []backend.Engine
	for _, e := range engines {
		f := e.Find(ctx, sc)
		defer f.Release()
		kept := f
		kept.Close = nil // the checks have use for it
		e.Find = func(context.Context, *scenario.Scenario) backend.Found { return kept }
		looked = append(looked, e)
	}
	c, err := choose(ctx, kind, looked, sc)
	for _, e := range looked {
		s := backend.Standing{Asked: kind.includes(e)}
		if err == nil && e.Name != c.engine.Name {
			s.Instead = &c.engine
		}
		checks = append(checks, e.Find(ctx, sc).Checks(ctx, s)...)
	}
	return checks, c.engine
}

func inspectGo(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "version").Output()
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(string(bytes.TrimSpace(out)), "go version "), nil
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

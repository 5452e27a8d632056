package docker

import (
	"context"
	"fmt"
	"sync"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

const engineName = "docker"

// Engine starts programs in containers of the Docker daemon that answers.
var Engine = backend.Engine{Name: engineName, Capabilities: capabilities, Find: find, Place: place}

var capabilities = backend.Capabilities{MemoryBasis: metric.BasisCharged, LimitsMemory: true}

// startRemedy is the remedy where no daemon answers.
const startRemedy = "start Docker, or set DOCKER_HOST to its address"

// find waits at most 3 seconds for a daemon, and at most 3 seconds for a registry if
// the daemon has no image for Postgres.
func find(ctx context.Context, sc *scenario.Scenario) backend.Found {
	d, err := findDaemon(ctx)
	if err != nil {
		return backend.Found{Err: err, Remedy: startRemedy, Checks: func(_ context.Context, s backend.Standing) []doctor.Check {
			return []doctor.Check{checkMissing(err, s)}
		}}
	}
	registry := sync.OnceValue(func() error { return askRegistry(ctx, d.client) })
	var debianErr error
	limits := scenario.Limits{CPUs: 1}
	if sc != nil {
		limits = sc.Limits
	}
	if sc == nil || sc.NeedsDatabase() {
		debianErr = noDebian(baseImage(ctx, d.client), canImport(d.version.Arch), registry)
	}
	f := backend.Found{
		Why:    fmt.Sprintf("engine %s answers", d.version.Version),
		Places: map[string]string{place.Name: d.client.DaemonHost()},
		Open:   func(ctx context.Context, o backend.Options) (backend.Backend, error) { return open(ctx, d, o) },
		Checks: func(ctx context.Context, s backend.Standing) []doctor.Check {
			facts := d.inspect(ctx)
			facts.registryErr, facts.debianErr = registry(), debianErr
			return facts.checks(s, limits)
		},
		Close: func() { d.client.Close() },
	}
	if debianErr != nil {
		f.Err = fmt.Errorf("docker answers, but has %w", debianErr)
	}
	return f
}

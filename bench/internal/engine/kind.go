package engine

import (
	"context"
	"fmt"

	"github.com/memproof/memproof/bench"
)

// Kind says what starts a variant.
type Kind string

// The kinds. Auto is Docker where a daemon answers, else Host.
const (
	Auto   Kind = "auto"
	Docker Kind = "docker"
	Host   Kind = "host"
)

// MarshalText is the kind's name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k), nil }

// UnmarshalText refuses a name that is no kind.
func (k *Kind) UnmarshalText(text []byte) error {
	switch kind := Kind(text); kind {
	case Auto, Docker, Host:
		*k = kind
		return nil
	}
	return fmt.Errorf("%q is no engine: take auto, docker or host", text)
}

// Choose settles on Docker or Host for a scenario, nil for runs in general, and
// says why in one line. It waits at most 3 seconds for a Docker daemon. The error
// says what to install or start where the machine has nothing of what kind asks
// for.
func Choose(ctx context.Context, kind Kind, sc *bench.Scenario) (chosen Kind, why string, err error) {
	chosen, why, _, err = choose(ctx, kind, machineFor(sc))
	return chosen, why, err
}

// machineFor is this machine, of which no Postgres is asked where the scenario has
// no use for one.
func machineFor(sc *bench.Scenario) probes {
	has := machine
	if sc != nil && !sc.NeedsDatabase() {
		has.host = hostAble
	}
	return has
}

// probes look for what a machine has.
type probes struct {
	docker func(context.Context) (*daemon, error)
	host   func() error // why the host engine can't run here
}

// machine is this machine.
var machine = probes{docker: findDaemon, host: hostReady}

// choose is Choose; the daemon is nil for Host.
func choose(ctx context.Context, kind Kind, has probes) (Kind, string, *daemon, error) {
	if kind == Host {
		return Host, "host: asked for", nil, has.host()
	}
	d, dockerErr := has.docker(ctx)
	if dockerErr == nil {
		return Docker, fmt.Sprintf("docker: engine %s answers", d.version.Version), d, nil
	}
	if ctx.Err() != nil {
		return "", "", nil, ctx.Err()
	}
	remedy := fmt.Errorf("%w: start Docker, or set DOCKER_HOST to where it listens", dockerErr)
	if kind == Docker {
		return "", "", nil, remedy
	}
	if hostErr := has.host(); hostErr != nil {
		return "", "", nil, fmt.Errorf("no engine on this machine\n  docker: %w\n  host: %w", remedy, hostErr)
	}
	return Host, fmt.Sprintf("host: %v", dockerErr), nil, nil
}

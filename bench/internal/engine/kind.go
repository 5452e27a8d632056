package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/memproof/memproof/bench/scenario"
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
// says why in one line. It waits at most 3 seconds for a Docker daemon, and as long
// for a registry where nothing else has an image for Postgres. The error says what
// to install or start where the machine has nothing of what kind asks for.
func Choose(ctx context.Context, kind Kind, sc *scenario.Scenario) (chosen Kind, why string, err error) {
	chosen, why, _, err = choose(ctx, kind, machineFor(sc))
	return chosen, why, err
}

// machineFor is this machine, of which no Postgres is asked where the scenario has
// no use for one.
func machineFor(sc *scenario.Scenario) probes {
	has := machine
	if sc != nil && !sc.NeedsDatabase() {
		has.host, has.debian = hostAble, func(context.Context, *daemon) error { return nil }
	}
	if sc != nil {
		if err := hostable(sc); err != nil {
			has.fallback = func() error { return err }
		}
	}
	return has
}

// hostable says which program of a scenario the host engine can't start.
func hostable(sc *scenario.Scenario) error {
	for _, p := range scenarioPrograms(sc) {
		if p.Build.Package == "" && len(p.Command) == 0 {
			return fmt.Errorf("%s is an image: it needs the docker engine", p.who)
		}
	}
	for _, v := range sc.Variants {
		if v.User != "" {
			return fmt.Errorf("variant %q has a user: it needs the docker engine", v.Name)
		}
	}
	return nil
}

// probes look for what a machine has.
type probes struct {
	docker   func(context.Context) (*daemon, error)
	debian   func(context.Context, *daemon) error // why that daemon could run no Postgres
	host     func() error                         // why the host engine can't run here
	fallback func() error                         // why the host engine can't stand in for docker
}

// machine is this machine.
var machine = probes{docker: findDaemon, debian: debianNeed, host: hostReady, fallback: func() error { return nil }}

// choose is Choose; the daemon is nil for Host.
func choose(ctx context.Context, kind Kind, has probes) (Kind, string, *daemon, error) {
	if kind == Host {
		return Host, "host: asked for", nil, has.host()
	}
	d, dockerErr := has.docker(ctx)
	if dockerErr == nil {
		return chooseWithDocker(ctx, kind, has, d)
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

// chooseWithDocker takes the daemon that answers, unless it could run no Postgres:
// then auto takes the host engine where that can do the same.
func chooseWithDocker(ctx context.Context, kind Kind, has probes, d *daemon) (Kind, string, *daemon, error) {
	needErr := has.debian(ctx, d)
	if needErr == nil {
		return Docker, fmt.Sprintf("docker: engine %s answers", d.version.Version), d, nil
	}
	if ctx.Err() != nil {
		return "", "", nil, ctx.Err()
	}
	if kind == Docker {
		return "", "", nil, needErr
	}
	if hostErr := errors.Join(has.fallback(), has.host()); hostErr != nil {
		return "", "", nil, fmt.Errorf("no engine on this machine\n  docker: %w\n  host: %w", needErr, hostErr)
	}
	return Host, fmt.Sprintf("host: docker answers, but has %v", needErr), nil, nil
}

package engine

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/client"
)

// found is what the machine has to start variants with.
type found struct {
	docker    *dockerFacts
	dockerErr error
	postgres  string // where the host engine's is; no password in it
	hostErr   error  // why the host engine can't run
	fallback  error  // why it can't stand in for docker
	goVersion string
	goErr     error
}

// dockerFacts are what a daemon says of itself.
type dockerFacts struct {
	version, api, host    string
	cgroup, cgroupDriver  string
	storage, system       string
	kernel                string
	cpus                  int
	memory                uint64 // bytes
	builder               string // that the daemon recommends: "1" the legacy one, "2" BuildKit
	base                  string // image for Postgres that is here already; empty: none
	able                  []ability
	debianErr             error  // why no Postgres can be run in a container
	exposure              string // who can connect to what is published; empty: nobody but this machine
	registryErr, inspects error
}

// inspections are the looks at a machine; tests put others in their place.
type inspections struct {
	docker   func(context.Context) (*dockerFacts, error)
	postgres func() (string, error)
	goes     func(context.Context) (string, error)
}

var inspectThis = inspections{docker: inspectDocker, postgres: inspectPostgres, goes: inspectGo}

// Inspect says what the machine has of what the engine needs for a scenario, nil
// for runs in general, and whether variants would run as processes of this
// machine. It is for memproof doctor. It asks an image registry and waits for it at
// most 3 seconds, as for a daemon. The error is the context's.
func Inspect(ctx context.Context, kind Kind, sc *scenario.Scenario) (checks []doctor.Check, host bool, err error) {
	f, limits := inspect(ctx, inspectThis), scenario.Limits{CPUs: 1}
	if sc != nil {
		limits, f.fallback = sc.Limits, hostable(sc)
		f.needless(sc)
	}
	return checksOf(f, kind, limits), f.host(kind), ctx.Err()
}

// needless forgets that there is no Postgres where the scenario asks for none.
func (f *found) needless(sc *scenario.Scenario) {
	if sc.NeedsDatabase() {
		return
	}
	f.postgres, f.hostErr = noPostgresAsked, hostAble()
	if f.docker != nil {
		f.docker.debianErr = nil
	}
}

const noPostgresAsked = "not asked for"

func inspect(ctx context.Context, look inspections) found {
	var f found
	f.docker, f.dockerErr = look.docker(ctx)
	f.postgres, f.hostErr = look.postgres()
	f.goVersion, f.goErr = look.goes(ctx)
	return f
}

// host says whether choose would take the host engine.
func (f found) host(kind Kind) bool {
	return kind == Host || kind == Auto && (f.docker == nil || f.docker.debianErr != nil && f.standsIn())
}

// standsIn says whether the host engine can do what docker can't.
func (f found) standsIn() bool { return f.hostErr == nil && f.fallback == nil }

func inspectDocker(ctx context.Context) (*dockerFacts, error) {
	d, err := findDaemon(ctx)
	if err != nil {
		return nil, err
	}
	defer d.client.Close()
	ctx, cancel := context.WithTimeout(ctx, 2*daemonPatience)
	defer cancel()
	f := &dockerFacts{version: d.version.Version, api: d.client.ClientVersion(), host: d.client.DaemonHost()}
	info, err := d.client.Info(ctx, client.InfoOptions{})
	if err != nil {
		f.inspects = err
		return f, nil
	}
	i := info.Info
	f.cgroup, f.cgroupDriver, f.storage, f.system, f.kernel = i.CgroupVersion, i.CgroupDriver, i.Driver, i.OperatingSystem, i.KernelVersion
	f.able, f.exposure = abilitiesOf(i), exposure(f.host)
	f.cpus, f.memory = i.NCPU, uint64(max(0, i.MemTotal))
	if p, err := d.client.Ping(ctx, client.PingOptions{}); err == nil {
		f.builder = string(p.BuilderVersion)
	}
	f.base = baseImage(ctx, d.client)
	f.registryErr = askRegistry(ctx, d.client)
	f.debianErr = noDebian(f.base, canImport(d.version.Arch), func() error { return f.registryErr })
	return f, nil
}

// baseImage names an image that spares Postgres the registry.
func baseImage(ctx context.Context, c *client.Client) string {
	for _, name := range []string{"memproof/postgres:" + contentHash([]byte(postgresDockerfile)), debianPulled, debianImported} {
		if _, err := c.ImageInspect(ctx, name); err == nil {
			return name
		}
	}
	return ""
}

// registryPatience is how long a registry may take to answer the doctor.
const registryPatience = 3 * time.Second

// askRegistry has the daemon ask its registry, or the mirror that it is set to,
// for what is pulled first.
func askRegistry(ctx context.Context, c *client.Client) error {
	ctx, cancel := context.WithTimeoutCause(ctx, registryPatience, fmt.Errorf("no answer within %v", registryPatience))
	defer cancel()
	_, err := c.DistributionInspect(ctx, debianPulled, client.DistributionInspectOptions{})
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func inspectGo(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "version").Output()
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(string(bytes.TrimSpace(out)), "go version "), nil
}

package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/system"
)

// complete is a machine with everything.
func complete() found {
	return found{
		docker: &dockerFacts{
			version: "27.1", api: "1.46", host: "unix:///run/docker.sock", cgroup: "2", cgroupDriver: "systemd", storage: "overlay2",
			system: "Debian 12", kernel: "6.1.0", cpus: 4, memory: 8e9, builder: "2",
			able: abilitiesOf(system.Info{MemoryLimit: true, SwapLimit: true, CPUCfsQuota: true, PidsLimit: true}),
		},
		postgres: "/usr/lib/postgresql/15/bin", goVersion: "go1.26 linux/amd64",
	}
}

// TestChecks has each line in each state that it can have.
func TestChecks(t *testing.T) {
	silent, bare := errors.New("no Docker daemon answers at unix:///x"), errors.New("no Postgres on PATH")
	noDocker := func(f *found) { f.docker, f.dockerErr = nil, silent }
	nothing := func(f *found) { noDocker(f); f.postgres, f.hostErr = "", bare }
	noDebianHere := func(f *found) { f.docker.registryErr, f.docker.debianErr = silent, errors.New("none") }
	tests := []struct {
		line  string
		state doctor.State
		kind  Kind
		has   func(*found)
		says  string
	}{
		{"docker", doctor.StateOK, Auto, nil, "engine 27.1, API 1.46, at unix:///run/docker.sock"},
		{"docker", doctor.StateOK, Host, noDocker, "not asked for"},
		{"docker", doctor.StateWarn, Auto, noDocker, "no limit of memory"},
		{"docker", doctor.StateFail, Auto, nothing, "no Docker daemon answers"},
		{"docker", doctor.StateFail, Docker, noDocker, "DOCKER_HOST"},
		{"containers", doctor.StateOK, Docker, nil, "Debian 12, kernel 6.1.0, 4 processors, 8.00 GB; cgroup v2 by systemd, storage overlay2"},
		{"containers", doctor.StateWarn, Docker, func(f *found) { f.docker.inspects = errors.New("forbidden") }, "forbidden"},
		{"containers", doctor.StateWarn, Docker, func(f *found) { f.docker.cgroup = "" }, "neither limited nor counted"},
		{"containers", doctor.StateFail, Docker, func(f *found) { f.docker.cpus = 1 }, "a variant gets 2 processors"},
		{"limits", doctor.StateOK, Auto, nil, "the daemon limits cpu, memory, swap, tasks"},
		{"limits", doctor.StateWarn, Auto, func(f *found) { f.docker.able[3].has = false }, "not limited, and named among the facts: swap"},
		{"limits", doctor.StateFail, Auto, func(f *found) { f.docker.able[2].has = false }, "can't limit memory"},
		{"limits", doctor.StateOK, Docker, func(f *found) { f.docker.inspects = errors.New("forbidden"); f.docker.able = nil }, "unknown"},
		{"ports", doctor.StateOK, Auto, nil, "loopback"},
		{"ports", doctor.StateWarn, Docker, func(f *found) { f.docker.exposure = exposure("tcp://build.example.com:2376") }, "build.example.com"},
		{"registry", doctor.StateOK, Auto, nil, "answers"},
		{"registry", doctor.StateOK, Auto, func(f *found) { f.docker.registryErr, f.docker.base = errors.New("x"), debianImported }, "memproof/debian:bookworm is here"},
		{"registry", doctor.StateWarn, Auto, func(f *found) { f.docker.registryErr = errors.New("no answer within 3s") }, "debootstrap"},
		{"registry", doctor.StateWarn, Auto, noDebianHere, "variants run as processes of this machine"},
		{"registry", doctor.StateFail, Docker, noDebianHere, "no container can run it"},
		{"registry", doctor.StateFail, Auto, func(f *found) { noDebianHere(f); f.hostErr = bare }, "MEMPROOF_INSTALL=1"},
		{"registry", doctor.StateFail, Auto, func(f *found) { noDebianHere(f); f.fallback = errors.New("an image") }, "apt-get install debootstrap"},
		{"builder", doctor.StateOK, Auto, nil, "recommends BuildKit"},
		{"builder", doctor.StateOK, Auto, func(f *found) { f.docker.builder = "1" }, "recommends the legacy builder"},
		{"builder", doctor.StateOK, Auto, func(f *found) { f.docker.builder = "" }, "recommends none"},
		{"postgres", doctor.StateOK, Host, nil, "/usr/lib/postgresql/15/bin"},
		{"postgres", doctor.StateOK, Docker, func(f *found) { f.postgres, f.hostErr = "", bare }, "brings its own"},
		{"postgres", doctor.StateFail, Host, nothing, "apt-get install postgresql"},
		{"postgres", doctor.StateFail, Auto, nothing, "no Postgres on PATH"},
		{"postgres", doctor.StateOK, Host, func(f *found) { nothing(f); f.needless(&scenario.Scenario{}) }, "has no use for a database"},
		{"docker", doctor.StateWarn, Auto, func(f *found) { nothing(f); f.needless(&scenario.Scenario{}) }, "no limit of memory"},
		{"go", doctor.StateOK, Auto, nil, "go1.26"},
		{"go", doctor.StateFail, Auto, func(f *found) { f.goErr = errors.New("not found") }, "https://go.dev/dl"},
	}
	for _, tt := range tests {
		t.Run(tt.line+" "+string(tt.state), func(t *testing.T) {
			f := complete()
			if tt.has != nil {
				tt.has(&f)
			}
			checks := checksOf(f, tt.kind, scenario.Limits{CPUs: 2, Memory: 1 << 30})
			i := slices.IndexFunc(checks, func(c doctor.Check) bool { return c.Name == tt.line })
			if i < 0 {
				t.Fatalf("no line %q in %+v", tt.line, checks)
			}
			c := checks[i]
			if all := c.Found + "; " + c.Means + "; " + c.Remedy; c.State != tt.state || !strings.Contains(all, tt.says) {
				t.Errorf("%+v, want %s and %q", c, tt.state, tt.says)
			}
			if (c.State == doctor.StateOK) != (c.Remedy == "") {
				t.Errorf("%+v: a remedy belongs to what is not ok", c)
			}
		})
	}
}

// TestInspectTakesWhatChooseTakes: the doctor speaks of the engine that a run
// would have.
func TestInspectTakesWhatChooseTakes(t *testing.T) {
	none := errors.New("none")
	for i := range 1 << 3 {
		which := func(bit int) error {
			if i>>bit&1 == 1 {
				return none
			}
			return nil
		}
		docker, debian, fallback := which(0), which(1), which(2)
		f := inspect(t.Context(), inspections{
			docker: func(context.Context) (*dockerFacts, error) {
				if docker != nil {
					return nil, docker
				}
				return &dockerFacts{debianErr: debian}, nil
			},
			postgres: func() (string, error) { return "/bin", nil },
			goes:     func(context.Context) (string, error) { return "go1", nil },
		})
		f.fallback = fallback
		for _, kind := range []Kind{Auto, Host, Docker} {
			chosen, _, _, err := choose(t.Context(), kind, probes{
				docker:   func(context.Context) (*daemon, error) { return &daemon{}, docker },
				debian:   func(context.Context, *daemon) error { return debian },
				host:     func() error { return nil },
				fallback: func() error { return fallback },
			})
			if err == nil && f.host(kind) != (chosen == Host) {
				t.Errorf("%s, docker %v, Debian %v: the doctor says host %t, choose %s", kind, docker, debian, f.host(kind), chosen)
			}
		}
	}
}

// TestInspectThisMachine: whatever it has, each line has a name, a state and
// something found.
func TestInspectThisMachine(t *testing.T) {
	checks, _, err := Inspect(t.Context(), Auto, nil)
	if err != nil || len(checks) < 3 {
		t.Fatalf("%+v, %v", checks, err)
	}
	for _, c := range checks {
		if c.Name == "" || c.State == "" || c.Found == "" {
			t.Errorf("%+v", c)
		}
	}
}

package docker

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/moby/moby/api/types/system"
)

// complete is a daemon with everything.
func complete() daemonFacts {
	return daemonFacts{
		version: "27.1", api: "1.46", host: "unix:///run/docker.sock", builder: "2",
		info: system.Info{
			CgroupVersion: "2", CgroupDriver: "systemd", Driver: "overlay2",
			OperatingSystem: "Debian 12", KernelVersion: "6.1.0", NCPU: 4, MemTotal: 8e9,
			MemoryLimit: true, SwapLimit: true, CPUCfsQuota: true, PidsLimit: true,
		},
	}
}

var (
	other   = backend.Engine{Name: "other"}
	taken   = backend.Standing{Asked: true}
	another = backend.Standing{Asked: true, Instead: &other}
	unasked = backend.Standing{Instead: &other}
)

// TestChecks has each line in each of its states.
func TestChecks(t *testing.T) {
	noDebianHere := func(d *daemonFacts) { d.registryErr, d.debianErr = errors.New("silent"), errors.New("none") }
	tests := []struct {
		line  string
		state doctor.State
		s     backend.Standing
		has   func(*daemonFacts)
		says  string
	}{
		{"docker", doctor.StateOK, taken, nil, "engine 27.1, API 1.46, at unix:///run/docker.sock"},
		{"docker", doctor.StateOK, unasked, nil, "engine 27.1"},
		{"containers", doctor.StateOK, taken, nil, "Debian 12, kernel 6.1.0, 4 processors, 8.00 GB; cgroup v2 by systemd, storage overlay2"},
		{"containers", doctor.StateWarn, taken, func(d *daemonFacts) { d.infoErr = errors.New("forbidden") }, "forbidden"},
		{"containers", doctor.StateWarn, taken, func(d *daemonFacts) { d.info.CgroupVersion = "" }, "neither limited nor counted"},
		{"containers", doctor.StateFail, taken, func(d *daemonFacts) { d.info.NCPU = 1 }, "a variant gets 2 processors"},
		{"limits", doctor.StateOK, taken, nil, "the daemon limits cpu, memory, swap, tasks"},
		{"limits", doctor.StateWarn, taken, func(d *daemonFacts) { d.info.SwapLimit = false }, "not limited, and listed among the facts: swap"},
		{"limits", doctor.StateFail, taken, func(d *daemonFacts) { d.info.MemoryLimit = false }, "can't limit memory"},
		{"limits", doctor.StateOK, taken, func(d *daemonFacts) { d.infoErr = errors.New("forbidden") }, "unknown"},
		{"ports", doctor.StateOK, taken, nil, "loopback"},
		{"ports", doctor.StateWarn, taken, func(d *daemonFacts) { d.host = "tcp://build.example.com:2376" }, "build.example.com"},
		{"registry", doctor.StateOK, taken, nil, "answers"},
		{"registry", doctor.StateOK, taken, func(d *daemonFacts) { d.registryErr, d.base = errors.New("x"), debianImported }, "Postgres takes memproof/debian:bookworm"},
		{"registry", doctor.StateWarn, taken, func(d *daemonFacts) { d.registryErr = errors.New("no answer within 3s") }, "debootstrap"},
		{"registry", doctor.StateWarn, another, noDebianHere, "variants run on the other engine"},
		{"registry", doctor.StateFail, taken, noDebianHere, "no container can run it"},
		{"registry", doctor.StateFail, taken, noDebianHere, "MEMPROOF_INSTALL=1"},
		{"registry", doctor.StateFail, taken, noDebianHere, "apt-get install debootstrap"},
		{"builder", doctor.StateOK, taken, nil, "recommends BuildKit"},
		{"builder", doctor.StateOK, taken, func(d *daemonFacts) { d.builder = "1" }, "recommends the legacy builder"},
		{"builder", doctor.StateOK, taken, func(d *daemonFacts) { d.builder = "" }, "recommends none"},
	}
	for _, tt := range tests {
		t.Run(tt.line+" "+string(tt.state), func(t *testing.T) {
			d := complete()
			if tt.has != nil {
				tt.has(&d)
			}
			checks := d.checks(tt.s, scenario.Limits{CPUs: 2, Memory: 1 << 30})
			i := slices.IndexFunc(checks, func(c doctor.Check) bool { return c.Name == tt.line })
			if i < 0 {
				t.Fatalf("no line %q in %+v", tt.line, checks)
			}
			checkLine(t, checks[i], tt.state, tt.says)
		})
	}
	if checks := complete().checks(unasked, scenario.Limits{CPUs: 2}); len(checks) != 1 {
		t.Errorf("for a daemon that no run would take: %+v", checks)
	}
}

// TestCheckMissing: without a daemon, the line depends on the engine that a run takes.
func TestCheckMissing(t *testing.T) {
	silent := errors.New("no Docker daemon answers at unix:///x")
	checkLine(t, checkMissing(silent, unasked), doctor.StateOK, "not asked for")
	checkLine(t, checkMissing(silent, another), doctor.StateWarn, "variants run on the other engine, without a limit of memory")
	checkLine(t, checkMissing(silent, taken), doctor.StateFail, "no Docker daemon answers")
	checkLine(t, checkMissing(silent, taken), doctor.StateFail, "DOCKER_HOST")
}

func checkLine(t *testing.T, c doctor.Check, state doctor.State, says string) {
	t.Helper()
	if all := c.Found + "; " + c.Means + "; " + c.Remedy; c.State != state || !strings.Contains(all, says) {
		t.Errorf("%+v, want %s and %q", c, state, says)
	}
	if (c.State == doctor.StateOK) != (c.Remedy == "") {
		t.Errorf("%+v: only a line that is not ok has a remedy", c)
	}
}

// Package host starts programs as processes of this machine, with the binaries that
// the docker engine puts into images.
//
// It does not limit memory: a process of the host has no cgroup of its own.
package host

import (
	"context"
	"fmt"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/internal/engine/postgres"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Engine starts programs as processes of this machine.
var Engine = backend.Engine{
	Name: "host", Capabilities: capabilities, Find: find, Refuses: refuses, Main: keepMain, Place: postgres.Place,
}

var capabilities = backend.Capabilities{MemoryBasis: metric.BasisPSS, PinsCPU: true}

func find(ctx context.Context, sc *scenario.Scenario) backend.Found {
	err, server, given := supported(), "not asked for", postgres.Place.Here(ctx)
	needed := sc == nil || sc.NeedsDatabase()
	if err == nil && needed {
		server, err = locatePostgres(given)
	}
	places := map[string]string{}
	if given != "" {
		places[postgres.Place.Name] = given
	}
	return backend.Found{
		Err: err, Why: "asked for", Open: open, Places: places,
		Checks: func(_ context.Context, s backend.Standing) []doctor.Check {
			return []doctor.Check{checkPostgres(server, err, needed, s)}
		},
	}
}

// locatePostgres returns the URL of the given server without its password, or the folder
// of the server's binaries.
func locatePostgres(dsn string) (string, error) {
	if dsn == "" {
		return findPostgres()
	}
	u, err := postgres.ParseDSN(dsn)
	if err != nil {
		return "", err
	}
	return postgres.GivenFact(u), nil
}

func checkPostgres(server string, err error, needed bool, s backend.Standing) doctor.Check {
	c := doctor.Check{Name: "postgres", State: doctor.StateOK, Found: server}
	switch {
	case err == nil && !needed:
		c.Means = "not needed: the scenario has no use for a database"
	case !s.Asked || s.Instead != nil:
		if err != nil {
			c.Found = "none on this machine"
		}
		c.Means = "not needed: the host engine is not asked for"
		if s.Instead != nil {
			c.Means = fmt.Sprintf("not needed: the %s engine brings its own", s.Instead.Name)
		}
	case err != nil:
		c.State, c.Found = doctor.StateFail, fmt.Sprint(err)
		c.Means = "the host engine can't run"
		c.Remedy = "apt-get install postgresql, set " + postgres.DSNEnv + " to the URL of a server, or start Docker"
	}
	return c
}

// refuses returns why a program of the scenario can't be a process of this machine.
func refuses(sc *scenario.Scenario) error {
	for _, p := range backend.Programs(sc) {
		if p.Build.Package == "" && len(p.Command) == 0 {
			what := "image " + p.Image
			if p.Image == "" {
				what = "the Dockerfile " + p.Build.String()
			}
			return fmt.Errorf("%s: %s needs the docker engine; the host engine runs a Go package (build:) "+
				"or a command of this machine (command:)", p.Who, what)
		}
	}
	for _, v := range sc.Variants {
		if v.User != "" {
			return fmt.Errorf("variant %q: user %s: the host engine starts programs as the user who runs memproof: "+
				"take the docker engine, or drop user", v.Name, v.User)
		}
	}
	return nil
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/doctor"
	"github.com/memproof/memproof/bench/internal/engine/backend"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// tableOf returns a table of engines on a machine that has those, where host refuses a
// scenario with that error.
func tableOf(docker, host backend.Found, refuses error) []backend.Engine {
	find := func(f backend.Found) func(context.Context, *scenario.Scenario) backend.Found {
		f.Checks = func(_ context.Context, s backend.Standing) []doctor.Check {
			return []doctor.Check{{Found: stands(s)}}
		}
		return func(context.Context, *scenario.Scenario) backend.Found { return f }
	}
	return []backend.Engine{
		{Name: "docker", Capabilities: backend.Capabilities{MemoryBasis: metric.BasisCharged}, Find: find(docker)},
		{Name: "host", Capabilities: backend.Capabilities{MemoryBasis: metric.BasisPSS}, Find: find(host), Refuses: func(*scenario.Scenario) error { return refuses }},
	}
}

// stands describes a standing.
func stands(s backend.Standing) string {
	if s.Instead != nil {
		return fmt.Sprintf("asked %t, instead %s", s.Asked, s.Instead.Name)
	}
	return fmt.Sprintf("asked %t", s.Asked)
}

func TestChoose(t *testing.T) {
	answers := backend.Found{Why: "engine 20.10.24 answers"}
	silent := backend.Found{Err: errors.New("no Docker daemon answers at unix:///x (refused)"), Remedy: "start Docker"}
	without := backend.Found{Err: errors.New("docker answers, but has no image of Debian: apt-get install debootstrap")}
	fine := backend.Found{Why: "asked for"}
	bare := backend.Found{Err: errors.New("no Postgres: install one")}
	image := errors.New("variant x is an image")
	cases := []struct {
		name         string
		kind         Name
		docker, host backend.Found
		refuses      error
		want         Name
		says         []string // the reason, or the error where want is empty
	}{
		{"auto takes docker", Auto, answers, fine, nil, Docker, []string{"docker: engine 20.10.24 answers"}},
		{"auto falls to host", Auto, silent, fine, nil, Host, []string{"host: no Docker daemon answers at unix:///x (refused)"}},
		{"auto has nothing", Auto, silent, bare, nil, "", []string{"no Docker daemon answers", "start Docker", "no Postgres: install one"}},
		{"docker as asked", Docker, answers, bare, nil, Docker, []string{"docker: engine 20.10.24 answers"}},
		{"docker is not there", Docker, silent, fine, nil, "", []string{"no Docker daemon answers", "start Docker"}},
		{"host as asked", Host, answers, fine, nil, Host, []string{"host: asked for"}},
		{"host as asked, images to run", Host, answers, fine, image, Host, []string{"host: asked for"}}, // the error of the program says more
		{"host is not possible", Host, answers, bare, nil, "", []string{"no Postgres: install one"}},
		{"no Debian, host can", Auto, without, fine, nil, Host, []string{"host: docker answers, but has no image of Debian", "apt-get install debootstrap"}},
		{"no Debian, host has no Postgres", Auto, without, bare, nil, "", []string{"no image of Debian", "no Postgres: install one"}},
		{"no Debian, images to run", Auto, without, fine, image, "", []string{"no image of Debian", "variant x is an image"}},
		{"no docker, images to run", Auto, silent, fine, image, "", []string{"start Docker", "variant x is an image"}},
		{"no Debian, docker as asked", Docker, without, fine, nil, "", []string{"apt-get install debootstrap"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := choose(t.Context(), c.kind, tableOf(c.docker, c.host, c.refuses), new(scenario.Scenario))
			name, why := Name(got.engine.Name), got.why()
			if err != nil {
				name, why = "", err.Error()
			}
			if name != c.want {
				t.Errorf("chose %q, want %q", name, c.want)
			}
			for _, text := range c.says {
				if !strings.Contains(why, text) {
					t.Errorf("it says %q, not %q", why, text)
				}
			}
		})
	}
}

// Engines that are not taken are released.
func TestChooseReleases(t *testing.T) {
	released := map[string]int{}
	found := func(name string, err error) backend.Found {
		return backend.Found{Err: err, Close: func() { released[name]++ }}
	}
	table := tableOf(found("docker", errors.New("no Debian")), found("host", nil), nil)
	if _, err := choose(t.Context(), Auto, table, nil); err != nil || released["docker"] != 1 || released["host"] != 0 {
		t.Errorf("released %v, %v", released, err)
	}
	if inspect(t.Context(), Auto, table, nil); released["docker"] != 2 || released["host"] != 1 {
		t.Errorf("released %v after inspect", released)
	}
}

// The doctor reports the engine that a run would take.
func TestInspectTakesWhatChooseTakes(t *testing.T) {
	none := errors.New("none")
	for i := range 1 << 3 {
		which := func(bit int) error {
			if i>>bit&1 == 1 {
				return none
			}
			return nil
		}
		table := tableOf(backend.Found{Err: which(0)}, backend.Found{Err: which(1)}, which(2))
		for _, kind := range []Name{Auto, Host, Docker} {
			chosen, err := choose(t.Context(), kind, table, new(scenario.Scenario))
			checks, taken := inspect(t.Context(), kind, table, new(scenario.Scenario))
			if taken.Name != chosen.engine.Name {
				t.Errorf("%d, %s: the doctor says %s, choose %s", i, kind, taken.Name, chosen.engine.Name)
			}
			for place, e := range table {
				want := backend.Standing{Asked: kind == Auto || string(kind) == e.Name}
				if err == nil && e.Name != taken.Name {
					want.Instead = &taken
				}
				if got := checks[place].Found; got != stands(want) {
					t.Errorf("%d, %s: %s stands %s, want %s", i, kind, e.Name, got, stands(want))
				}
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

func TestCheckGo(t *testing.T) {
	if c := checkGo("go1.26 linux/amd64", nil); c.State != doctor.StateOK || c.Found != "go1.26 linux/amd64" || c.Remedy != "" {
		t.Errorf("%+v", c)
	}
	if c := checkGo("", errors.New("not found")); c.State != doctor.StateFail || !strings.Contains(c.Remedy, "https://go.dev/dl") {
		t.Errorf("%+v", c)
	}
}

// The table has each engine that has a name here.
func TestEngines(t *testing.T) {
	for _, kind := range []Name{Docker, Host} {
		if n := len(placesOf(engines)); n != len(engines) {
			t.Errorf("%d places of %d engines", n, len(engines))
		}
		var k Name
		if err := k.UnmarshalText([]byte(kind)); err != nil {
			t.Error(err)
		}
	}
	for _, e := range engines {
		if e.Name == "" || e.Capabilities.MemoryBasis == "" || e.Find == nil || e.Place.Name == "" || e.Place.Here == nil || e.Place.Find == nil || e.Place.Remove == nil {
			t.Errorf("engine %q lacks something: %+v", e.Name, e)
		}
	}
}

func TestNameText(t *testing.T) {
	for _, text := range []string{"auto", "docker", "host"} {
		var k Name
		if err := k.UnmarshalText([]byte(text)); err != nil || string(k) != text {
			t.Errorf("%q: %q, %v", text, k, err)
		}
		if back, err := k.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%q: %q, %v", text, back, err)
		}
	}
	var k Name
	if err := k.UnmarshalText([]byte("podman")); err == nil || !strings.Contains(err.Error(), "auto, docker or host") {
		t.Errorf("podman: %v", err)
	}
}

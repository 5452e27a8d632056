package engine

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
)

func TestOpenRefuses(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(sc *scenario.Scenario)
		want  map[Name][]string // each engine's error; Auto: any engine's
	}{
		{"program does not compile", func(sc *scenario.Scenario) { sc.Variants[0].Build = testProgram("broken") },
			map[Name][]string{Auto: {`variant "good": build `, "undefined: fly"}}},
		{"image missing", func(sc *scenario.Scenario) {
			sc.Variants[0].Build, sc.Variants[0].Image = scenario.Build{}, "localhost:1/memproof/nowhere:1"
		}, map[Name][]string{
			Docker: {`variant "good": image localhost:1/memproof/nowhere:1 is not on this machine and can't be pulled: `},
			Host:   {`variant "good": image localhost:1/memproof/nowhere:1 needs the docker engine`},
		}},
		{"no Dockerfile", func(sc *scenario.Scenario) {
			sc.Variants[0].Build = scenario.Build{Context: "bench/testdata", Dockerfile: "Nofile"}
		},
			map[Name][]string{
				Docker: {`variant "good": build: there is no `, "bench/testdata/Nofile: want the directory of a Dockerfile in context"},
				Host:   {`variant "good": the Dockerfile bench/testdata/Nofile needs the docker engine`},
			}},
		{"no such command", func(sc *scenario.Scenario) {
			sc.Variants[0].Build, sc.Variants[0].Command = scenario.Build{}, []string{"memproof-nowhere", "-x"}
		}, map[Name][]string{
			Docker: {`variant "good": command "memproof-nowhere -x" is for the host engine: the docker engine needs an image or a build`},
			Host:   {`variant "good": command: exec: "memproof-nowhere": executable file not found in $PATH: install it, or write its path`},
		}},
		{"too many processors", func(sc *scenario.Scenario) { sc.Limits.CPUs, sc.Limits.CPUSet = 1000, "" },
			map[Name][]string{Auto: {"limits.cpus is 1000, and there are "}}},
		{"seeder fails", func(sc *scenario.Scenario) { sc.Database.Seed.Args = nil },
			map[Name][]string{Auto: {"database: seed: exited with status 1; its last lines:\n  seeder: want one argument"}}},
		{"bad setting", func(sc *scenario.Scenario) { sc.Database.Settings["max_connections"] = "many" },
			map[Name][]string{Auto: {"database: exited with status 1 before it was ready; its last lines:", `invalid value for parameter "max_connections"`}}},
		{"upstream exits", func(sc *scenario.Scenario) { sc.Upstream.Args = []string{"-nonsense"} },
			map[Name][]string{Auto: {"upstream: exited with status 2 before it was ready; its last lines:", "-nonsense"}}},
	}
	onEach(t, func(t *testing.T, kind Name) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				sc := scenarioOf("good")
				c.spoil(sc)
				want := c.want[kind]
				if want == nil {
					want = c.want[Auto]
				}
				openFails(t, kind, sc, want)
			})
		}
	})
}

// openFails opens a session, which must fail with an error that has all of want and
// leave nothing.
func openFails(t *testing.T, kind Name, sc *scenario.Scenario, want []string) {
	t.Helper()
	s, err := prepare(t.Context(), kind, sc, Options{Root: root, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	err = s.open(t.Context())
	if closeErr := s.Close(); closeErr != nil {
		t.Error(closeErr)
	}
	if err == nil {
		t.Fatal("it opened")
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q:\n%v", text, err)
		}
	}
	if left := remains(t, s.left); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

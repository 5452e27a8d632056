package engine

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine/build"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// givenScenario starts the service of the tests as a Go package, with a neighbour
// that is built from a Dockerfile; DIR holds both.
const givenScenario = `name: given
env_file: all.env
env: {BIND: "0.0.0.0:${port}", NEIGHBOUR: "${cache.address}", FILE: "${files}/app.conf"}
files: {app.conf: ""}
variants:
  - name: a
    build: ./bench/testdata/engine/service
    env_file: app.env
    env: {WRITTEN: written-out, TAKEN: "${env.GIVEN}", API_KEY: literal-key}
    args: [-token, "${env.GIVEN}"]
sidecars:
  - name: cache
    build: {context: "DIR", args: {BAKED: "${env.GIVEN}"}}
    command: ["DIR/program", -token, "${env.GIVEN}"]
    args: [-token, "${env.GIVEN}"]
    env: {BIND: "0.0.0.0:${port}", TAKEN: "${env.GIVEN}", FILE: "${files}/app.conf"}
    files: {app.conf: ""}
    port: 7000
    ready: {path: /ready}
database:
  seed: {build: {context: "DIR", dockerfile: seeder.Dockerfile}, command: ["DIR/seeder", "${env.ROWS}"], args: ["${env.ROWS}"]}
  rows_query: SELECT count(*) FROM ledger
ready: {path: /ready}
load: {phases: [{name: window, rate: 0/s, for: 1s, measure: true}]}
blocks: 2
`

const (
	givenDockerfile = "FROM scratch\nARG BAKED\nENV BAKED=${BAKED}\nCOPY program /program\nENTRYPOINT [\"/program\"]\n"
	seedDockerfile  = "FROM scratch\nCOPY seeder /seeder\nENTRYPOINT [\"/seeder\"]\n"
)

// TestInputsOfPrograms: the arms of a run and their sidecars have the variables,
// arguments and files of the scenario, and the secrets that the run directory does not
// hold.
func TestInputsOfPrograms(t *testing.T) {
	onEach(t, func(t *testing.T, kind Name) {
		run, sc := givenRun(t)
		s := open(t, kind, sc)
		subject, err := s.Start(t.Context(), experiment.TrialPlan{Block: 1, Position: 1, Arm: run.Scenario.Arm(run.Scenario.Arms()[0]), Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer subject.Stop(t.Context())
		const secret, file = "given-from-outside", "token = given-from-outside\n"
		checkStarted(t, subject.URL+"/given", file, "ALL=of-all", "DB_PASS=pass-of-a", "WRITTEN=written-out", "TAKEN="+secret, "NESTED="+secret, "API_KEY=literal-key")
		sidecarEnv := []string{"TAKEN=" + secret}
		if kind == Docker {
			sidecarEnv = append(sidecarEnv, "BAKED="+secret)
		}
		checkStarted(t, subject.URL+"/neighbour", file, sidecarEnv...)
		if rows := count(t, subject)["ledger.rows"]; rows != 5 {
			t.Errorf("the seed made %v rows, want 5", rows)
		}
	})
}

// givenRun returns a run that begins, and its scenario with the secrets.
func givenRun(t *testing.T) (*record.Run, *scenario.Scenario) {
	t.Helper()
	source, dir := t.TempDir(), filepath.Join(t.TempDir(), "run")
	for name, text := range map[string]string{
		"program": builtProgram(t, "service"), "Dockerfile": givenDockerfile, "seeder": builtProgram(t, "seeder"), "seeder.Dockerfile": seedDockerfile, "app.conf": "token = ${env.GIVEN}\n",
		"all.env": "ALL=of-all\n", "app.env": "DB_PASS=pass-of-a\nWRITTEN=in the file\nNESTED=${env.GIVEN}\n",
	} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	given := map[string]string{"GIVEN": "given-from-outside", "ROWS": "5"}
	env := func(name string) (string, bool) { value, ok := given[name]; return value, ok }
	sc, err := scenario.Inputs{Dir: source, Env: env}.ParseScenario("given.yaml", []byte(strings.ReplaceAll(givenScenario, "DIR", source)))
	if err != nil {
		t.Fatal(err)
	}
	if err := sc.WriteInputs(dir); err != nil {
		t.Fatal(err)
	}
	run, err := record.CreateRun(dir, sc.Copy(), record.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Scenario.UseSecrets(sc); err != nil {
		t.Fatal(err)
	}
	return run, sc
}

func builtProgram(t *testing.T, name string) string {
	t.Helper()
	bin, err := build.Program(t.Context(), root, runtime.GOARCH, programs+name)
	if err != nil {
		t.Fatal(err)
	}
	return string(bin.Text)
}

func checkStarted(t *testing.T, url, file string, env ...string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	var is struct {
		Env, Args []string
		File      string
	}
	if err := json.Unmarshal(text, &is); err != nil {
		t.Fatalf("%s: %v: %s", url, err, text)
	}
	for _, want := range env {
		if !slices.Contains(is.Env, want) {
			t.Errorf("%s: no %s in %q", url, want, is.Env)
		}
	}
	if !slices.Equal(is.Args, []string{"-token", "given-from-outside"}) || is.File != file {
		t.Errorf("%s: arguments %q, file %q", url, is.Args, is.File)
	}
}

package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// givenScenario has a value from outside in each place that takes one.
const givenScenario = `name: given
env_file: all.env
files: {app.conf: ""}
variants:
  - name: a
    image: service:1
    env_file: app.env
    env: {OWN: own, TOKEN: "${env.GIVEN}", API_KEY: literal-key-of-a}
    args: [-token, "${env.GIVEN}"]
  - name: b
    build: {context: "DIR", args: {NPM_TOKEN: "${env.GIVEN}"}}
sidecars:
  - {name: cache, image: cache:1, env: {TOKEN: "${env.GIVEN}"}}
load:
  targets: requests.txt
  phases: [{name: window, rate: 50/s, for: 10s, measure: true}]
`

// TestArmsHaveAllInputs: in a new and in a resumed run, the arms have the variables of their env files, and requests their secrets.
func TestArmsHaveAllInputs(t *testing.T) {
	t.Setenv("GIVEN", "given-from-outside")
	source := givenSource(t)
	o := Options{Scenario: filepath.Join(source, "given.yaml"), Dir: filepath.Join(t.TempDir(), "run")}
	for _, o.Resume = range []bool{false, true} {
		t.Run(fmt.Sprintf("resume %t", o.Resume), func(t *testing.T) {
			sc, err := o.read()
			if err != nil {
				t.Fatal(err)
			}
			run, err := o.openDir(sc, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Scenario.Complete(); err != nil {
				t.Error(err)
			}
			checkGiven(t, run.Scenario)
			checkSent(t, run.Scenario.Attack().Targets)
		})
	}
	for _, withheld := range []string{"db-pass-of-a", "literal-key-of-a", "literal-header", "given-from-outside", "word-of-all"} {
		for _, path := range []string{"scenario.yaml", "run.json", filepath.Join("inputs", "requests.txt")} {
			if kept, err := os.ReadFile(filepath.Join(o.Dir, path)); err != nil || strings.Contains(string(kept), withheld) {
				t.Errorf("%s holds %q: %v\n%s", path, withheld, err, kept)
			}
		}
	}
}

func givenSource(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"given.yaml": givenScenario, "all.env": "FOR_ALL=word-of-all\n", "app.env": "DB_PASS=db-pass-of-a\nOWN=not this\nURL=of-a-file\n",
		"app.conf":     "token = ${env.GIVEN}\n",
		"requests.txt": "POST http://x/?k=${env.GIVEN}\nX-Given: ${env.GIVEN}\nAuthorization: Bearer literal-header\n@body\n",
		"body":         `{"given": "${env.GIVEN}"}`,
		"Dockerfile":   "FROM scratch\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func checkGiven(t *testing.T, sc *scenario.Scenario) {
	t.Helper()
	if sc.Env["FOR_ALL"] != "word-of-all" || sc.Secrets()["env.GIVEN"] != "given-from-outside" {
		t.Errorf("for all: %q, %q", sc.Env, sc.Secrets())
	}
	for _, arm := range sc.AllArms() {
		is := arm.Env["DB_PASS"] == "db-pass-of-a" && arm.Env["OWN"] == "own" && arm.Env["URL"] == "of-a-file" && arm.Env["TOKEN"] == "${env.GIVEN}"
		if want := arm.Name != "b"; is != want {
			t.Errorf("arm %s: %q", arm.Name, arm.Env)
		}
	}
}

func checkSent(t *testing.T, targets []load.Target) {
	t.Helper()
	for _, target := range targets {
		want := []load.HeaderLine{{Name: "Authorization", Value: "Bearer literal-header"}, {Name: "X-Given", Value: "given-from-outside"}}
		if target.Path != "/?k=given-from-outside" || target.Body != `{"given": "given-from-outside"}` || !slices.Equal(target.Lines, want) {
			t.Errorf("sent: %s %q, %q", target.Path, target.Body, target.Lines)
		}
	}
}

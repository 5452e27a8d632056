package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// extending and its base together contain [valid], and a little more.
const (
	extending = `name: tiny # ours
extends: base/all.yaml
env: {LEVEL: low}
load:
  phases:
    - {name: warm, rate: 10/s, for: 1s}
    - {name: window, rate: 100/s, for: 20s, measure: true}
`
	base = `# A base.

variants:
  - {name: a, build: ./a}
  - {name: b, build: ./b}
env: {LEVEL: high, API_TOKEN: hush-literal-1, DB: '${env.DB}'} # hush-literal-1 once more
env_file: app.env
load:
  target: {path: /}
blocks: 6
claims:
  - {id: less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}
`
)

// scenarioFolder holds the files; each pair of changes replaces a text in one of them.
func scenarioFolder(t *testing.T, changes ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"tiny.yaml": extending, "base/all.yaml": base, "app.env": "FROM_FILE=hush-literal-2\n"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.NewReplacer(changes...).Replace(text)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// parseFile reads a scenario of the folder, as a run does.
func parseFile(path string) (*scenario.Scenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	in := scenario.Inputs{Dir: filepath.Dir(path), Env: func(name string) (string, bool) { return "hush-variable", name == "DB" }}
	return in.ParseScenario(path, text)
}

func TestScenarioExtends(t *testing.T) {
	sc, err := parseFile(filepath.Join(scenarioFolder(t), "tiny.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := scenario.ParseScenario("tiny.yaml", []byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	if sc.Env["LEVEL"] != "low" || sc.Env["FROM_FILE"] != "hush-literal-2" || sc.Env["DB"] != "${env.DB}" {
		t.Errorf("env is %q", sc.Env)
	}
	if sc.Env, sc.EnvFile = nil, ""; !same(sc, whole) {
		t.Errorf("got  %+v\nwant %+v", sc, whole)
	}
}

func TestScenarioExtendsRefuses(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown in the base", "env_file: app.env", "env_fil: app.env", "base/all.yaml:7:1: env_fil: unknown field: did you mean env_file?"},
		{"unknown in the file", "env: {LEVEL: low}", "evn: {LEVEL: low}", "tiny.yaml:3:1: evn: unknown field: did you mean env?"},
		{"impossible in the base", "at_least: 50%", "at_least: 120%", "base/all.yaml:12:84: claims[0].reduction.at_least: "},
		{"impossible in the file", "rate: 100/s", "rate: 0/s, to: 5/s", "tiny.yaml:7:28: load.phases[1].rate: "},
		{"a base that is not there", "base/all.yaml", "base/none.yaml", "tiny.yaml:2:10: extends: "},
		{"a base outside", "base/all.yaml", "../all.yaml", `tiny.yaml:2:10: extends: "../all.yaml": want a file in the scenario's folder`},
		{"a base anywhere", "base/all.yaml", "/all.yaml", `tiny.yaml:2:10: extends: "/all.yaml": want a file in the scenario's folder`},
		{"a cycle", "blocks: 6", "extends: ../tiny.yaml", "base/all.yaml:10:10: extends: "},
		{"the base's name", "name: tiny # ours", "", "tiny.yaml:2:1: name: is missing"},
		{"a file that lies next to the base", "env_file: app.env", "env_file: base/app.env", "base/all.yaml:7:11: env_file: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := scenarioFolder(t, tt.old, tt.new, "# A base.", "name: base")
			_, err := parseFile(filepath.Join(dir, "tiny.yaml"))
			if err == nil || !strings.Contains(filepath.ToSlash(err.Error()), filepath.ToSlash(dir)+"/"+tt.want) {
				t.Errorf("got\n%v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestRunOfAnExtendedScenario: the run directory holds one text without secrets. It is
// read without the scenario's folder, and resumed with it.
func TestRunOfAnExtendedScenario(t *testing.T) {
	from, dir := scenarioFolder(t), filepath.Join(t.TempDir(), "run")
	source := filepath.Join(from, "tiny.yaml")
	sc, err := parseFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if err := sc.WriteInputs(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := record.CreateRun(dir, sc.Copy(), record.Meta{Source: source, EnvFiles: sc.EnvFileHashes()}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "scenario.yaml"))
	if err != nil || strings.Contains(string(text), "hush") || strings.Contains(string(text), "extends") || !strings.Contains(string(text), "# ours") {
		t.Errorf("%v, the copy is\n%s", err, text)
	}
	in, err := record.ResumeInputs(dir, parseFile)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := in.ParseScenario("scenario.yaml", text); err != nil || again.Secrets()[hidden(t, sc)] != "hush-literal-1" || again.Env["FROM_FILE"] != "hush-literal-2" {
		t.Errorf("resumed: %v", err)
	}
	if err := os.RemoveAll(from); err != nil {
		t.Fatal(err)
	}
	run, err := record.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	delete(sc.Env, "FROM_FILE") // from the env file, which the directory leaves out
	if !same(run.Scenario, sc) {
		t.Errorf("judged: %+v, want %+v", run.Scenario, sc)
	}
}

// hidden returns the placeholder of the scenario's one hidden value.
func hidden(t *testing.T, sc *scenario.Scenario) (name string) {
	t.Helper()
	for n := range sc.Secrets() {
		if strings.HasPrefix(n, "hidden.") {
			name = n
		}
	}
	return name
}

// TestBaseIsNoScenario: a base by itself is reported as a base, after its other
// mistakes.
func TestBaseIsNoScenario(t *testing.T) {
	for text, want := range map[string]string{
		"port: 80\n":                        "b.yaml:1:1: has neither name nor variants, so it is a base",
		"# a\n\nprt: 80\nenv: {A: a}\n":     "b.yaml:3:1: has neither name nor variants",
		"load: {target: {path: /}}\n":       "b.yaml:1:1: has neither name nor variants",
		"name: x\n":                         "b.yaml:1:1: variants: is missing",
		"variants: [{name: a, image: b}]\n": "b.yaml:1:1: name: is missing",
	} {
		if _, err := scenario.ParseScenario("b.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestShippedBases: each is well-formed, not a scenario by itself, and extended by one.
func TestShippedBases(t *testing.T) {
	files, err := filepath.Glob("../../scenarios/base/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d bases, error %v", len(files), err)
	}
	users, err := filepath.Glob("../../scenarios/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		_, err := parseFile(f)
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "so it is a base") {
			t.Errorf("%s: %v", f, err)
		}
		name, used := filepath.Base(f), false
		for _, user := range append(files, users...) {
			text, err := os.ReadFile(user)
			if err != nil {
				t.Fatal(err)
			}
			used = used || strings.Contains(string(text), "\nextends: "+name) || strings.Contains(string(text), "\nextends: base/"+name)
		}
		if !used {
			t.Errorf("no scenario extends %s: delete it", f)
		}
	}
}

package experiment_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// secretScenario has a secret in each place that accepts one; each begins with "hush".
const secretScenario = `name: secret
env_file: app.env
env:
  API_TOKEN: hush-literal-env # hush-literal-env was another one once
  DATABASE_URL: postgres://app:hush-dsn-user@db.example.com/x?password=hush-dsn-query&sslmode=disable
  GIVEN: ${env.GIVEN}
  GOMAXPROCS: 2
files: {app.conf: /etc/app.conf}
variants:
  - name: a
    image: service:1
    args: [-token, hush-literal-flag, -passages=3000]
  - name: b
    build: {context: ./b, args: {NPM_TOKEN: hush-build-arg, VERSION: 1.2}}
    args: ["-db.password=hush-literal-args", "-given=${env.GIVEN_TOO}"]
    env:
      TLS_KEY: |
        -----BEGIN PRIVATE KEY-----
        hush-line-of-a-key
        -----END PRIVATE KEY-----
sidecars:
  - {name: cache, image: cache:1, env: {CACHE_PASSWORD: hush-beside}, args: ["--requirepass", 'hush-beside-flag']}
load:
  targets:
    - {name: one, path: "/?api_key=hush-path", headers: {Authorization: Bearer hush-header, X-Given: "${env.GIVEN_HEADER}"}}
    - {name: two, method: POST, path: /, headers: {Idempotency-Key: "{{.Seq}}"}, body: '{"given": "${env.GIVEN_BODY}"}'}
  idle: 2s
  phases:
    - {name: window, rate: 50/s, for: 10s, measure: true}
blocks: 6
claims:
  - {id: less, statement: it takes less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}
`

// secretEnv is memproof's own environment.
var secretEnv = map[string]string{
	"GIVEN": "hush-given", "GIVEN_TOO": "hush-given-too", "GIVEN_HEADER": `hush-given-{{header`, "GIVEN_BODY": "hush-given-body",
	"GIVEN_FILE": "hush-given-file",
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

// secretSource is a folder with the scenario and its files.
func secretSource(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"secret.yaml": secretScenario,
		"app.env":     "OPAQUE=hush-env-file\nREDIS_URL=redis://:hush-env-file-dsn@cache/0\nWORKERS=5\n",
		"app.conf":    "password = ${env.GIVEN_FILE}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func readSecret(dir string, env map[string]string) (*scenario.Scenario, error) {
	path := filepath.Join(dir, "secret.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return scenario.Inputs{Dir: dir, Env: lookup(env)}.ParseScenario(path, text)
}

// begin creates the run directory as the command does.
func begin(t *testing.T, source, dir string) *record.Run {
	t.Helper()
	sc, err := readSecret(source, secretEnv)
	if err != nil {
		t.Fatal(err)
	}
	if err := sc.WriteInputs(dir); err != nil {
		t.Fatal(err)
	}
	from, err := filepath.Rel(dir, filepath.Join(source, "secret.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := record.CreateRun(dir, sc.Copy(), record.Meta{Source: from, EnvFiles: sc.EnvFileHashes()})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Scenario.UseSecrets(sc); err != nil {
		t.Fatal(err)
	}
	return run
}

// TestSecretsStayOut runs a scenario whose service prints every secret in every output.
// It searches the run directory and all messages for them.
func TestSecretsStayOut(t *testing.T) {
	source, dir := secretSource(t), filepath.Join(t.TempDir(), "run")
	run := begin(t, source, dir)
	f := fakerig.New()
	chatty := strings.Join([]string{
		"hush-literal-env", "hush-dsn-user", "hush-dsn-query", "hush-given", "hush-literal-flag", "hush-build-arg", "hush-literal-args", "hush-given-too",
		"hush-line-of-a-key", "hush-beside", "hush-beside-flag", "hush-path", "hush-header", "hush-given-{{header", "hush-given-body", "hush-given-file",
		"hush-env-file", "hush-env-file-dsn",
	}, " and ")
	var sent []string
	f.Spoil = func(_ experiment.TrialPlan, s *experiment.Subject) {
		s.Describe = func(context.Context) (map[string]string, error) { return map[string]string{"reported": chatty}, nil }
		stop := s.Stop
		s.Stop = func(ctx context.Context) (record.Exit, error) {
			_, err := stop(ctx)
			return record.Exit{Code: -1, Signal: 6, Unasked: true, LastLines: chatty}, err
		}
	}
	f.Status = func(seq uint64) int { return int(200 * (seq % 2)) }
	rig := f.Rig()
	load := rig.Load
	rig.Load = func(ctx context.Context, url string, a scenario.Attack, sink func(metric.Hit) error) (record.LoadReport, error) {
		for _, target := range a.Targets {
			sent = append(sent, target.Path, target.Body, fmt.Sprint(target.Headers))
		}
		return load(ctx, url, a, func(h metric.Hit) error {
			if h.Error != "" {
				h.Error = chatty
			}
			return sink(h)
		})
	}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, rig); err != nil {
		t.Fatal(err)
	}
	v := fakerig.Judged(t, dir)
	if err := v.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/?api_key=hush-path", "Bearer hush-header", `{{"hush-given-{{header"}}`, `{"given": "hush-given-body"}`} {
		if !strings.Contains(strings.Join(sent, "\n"), want) {
			t.Errorf("the load was not sent %q: %q", want, sent)
		}
	}
	if len(f.Notes) == 0 || !strings.Contains(strings.Join(f.Notes, ""), "hidden.") {
		t.Errorf("what the service said is not among the notes %q", f.Notes)
	}
	noneIn(t, "the notes", strings.Join(f.Notes, "\n"))
	noneIn(t, "the verdict", fmt.Sprintf("%+v", v))
	noneBelow(t, dir)
	if text, err := os.ReadFile(filepath.Join(dir, "scenario.yaml")); err != nil ||
		!strings.Contains(string(text), "-passages=3000") || !strings.Contains(string(text), "GOMAXPROCS: 2") || !strings.Contains(string(text), "# ") {
		t.Errorf("the copy lost more than secrets: %v\n%s", err, text)
	}
}

// noneIn fails if the text contains a secret.
func noneIn(t *testing.T, where, text string) {
	t.Helper()
	if at := strings.Index(text, "hush"); at >= 0 {
		t.Errorf("%s: …%s…", where, text[max(0, at-40):min(len(text), at+60)])
	}
}

// noneBelow fails if a file of a run directory contains a secret, compressed or not, or
// is an env file.
func noneBelow(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if err == nil && strings.HasSuffix(path, ".gz") {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(text)); err == nil {
				text, err = io.ReadAll(z)
			}
		}
		noneIn(t, path, string(text))
		if filepath.Ext(path) == ".env" {
			t.Errorf("%s is in the run directory", path)
		}
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("%d files, %v", files, err)
	}
}

// TestSecretsAtResume: values that a run directory lacks are read again from the
// original place, and must be unchanged.
func TestSecretsAtResume(t *testing.T) {
	source, dir := secretSource(t), filepath.Join(t.TempDir(), "run")
	begin(t, source, dir)
	change := func(name, old, new string) func() error {
		return func() error {
			path := filepath.Join(source, name)
			text, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, new)), 0o600))
		}
	}
	nothing := func() error { return nil }
	tests := []struct {
		name     string
		do, undo func() error
		env      map[string]string
		want     string // part of the error; empty: none
	}{
		{"as it was", nothing, nothing, secretEnv, ""},
		{"another part of the scenario", change("secret.yaml", "GOMAXPROCS: 2", "GOMAXPROCS: 3"), change("secret.yaml", "GOMAXPROCS: 3", "GOMAXPROCS: 2"), secretEnv, ""},
		{"another literal", change("secret.yaml", "hush-beside-flag", "other"), change("secret.yaml", "other", "hush-beside-flag"), secretEnv, "sidecars[0].args[1]: this value was changed after the run began"},
		{"another env file", change("app.env", "=5", "=6"), change("app.env", "=6", "=5"), secretEnv, "app.env was changed after the run began"},
		{"no env file", func() error { return os.Rename(filepath.Join(source, "app.env"), filepath.Join(source, "x")) },
			func() error { return os.Rename(filepath.Join(source, "x"), filepath.Join(source, "app.env")) }, secretEnv, "a run directory has no secrets, so -resume reads them again"},
		{"no variable", nothing, nothing, map[string]string{"GIVEN": "x"}, "GIVEN_TOO is not set"},
		{"no scenario", func() error { return os.Rename(source, source+"x") }, func() error { return os.Rename(source+"x", source) }, secretEnv, "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(); err != nil {
				t.Fatal(err)
			}
			sc, err := resumed(dir, tt.env)
			if err := tt.undo(); err != nil {
				t.Fatal(err)
			}
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if sc.Env["OPAQUE"] != "hush-env-file" || len(sc.Secrets()) < 10 || sc.Env["GOMAXPROCS"] != "2" {
				t.Errorf("env %q, %d secrets", sc.Env, len(sc.Secrets()))
			}
		})
	}
}

func resumed(dir string, env map[string]string) (*scenario.Scenario, error) {
	in, err := record.ResumeInputs(dir, func(path string) (*scenario.Scenario, error) { return readSecret(filepath.Dir(path), env) })
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "scenario.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	in.Env = lookup(env)
	return in.ParseScenario(path, text)
}

// TestSecretsThatAreMissing: an unset variable, or one in a place where none is filled
// in, is reported with its place, before the build.
func TestSecretsThatAreMissing(t *testing.T) {
	const base = "name: x\nvariants:\n  - {name: a, image: i}\nload: {target: {path: /}, phases: [{name: w, rate: 1/s, for: 10s, measure: true}]}\n"
	tests := []struct{ yaml, want string }{
		{"env: {A: \"${env.NONE}\"}\n", "f:5:10: env.A: NONE is not set"},
		{"env: {A: \"${env.SET}\"}\n", ""},
		{"about: ${env.SET}\n", "f:5:8: about: ${env.SET} is not filled in here"},
		{"env: {A: \"${hidden.0123456789abcdef}\"}\n", "f:5:10: env.A: ${hidden.0123456789abcdef} is a value that a run directory hides"},
		{"env: {A: \"${env.}\"}\n", "${env.} is unknown"},
		{"database: {seed: {build: {context: ., args: {T: \"${env.NONE}\"}}}}\n", "database.seed.build.args.T: NONE is not set"},
	}
	for _, tt := range tests {
		_, err := scenario.Inputs{Env: lookup(map[string]string{"SET": "x"})}.ParseScenario("f", []byte(base+tt.yaml))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.yaml, err, tt.want)
		}
		if _, err := (scenario.Inputs{}).ParseScenario("f", []byte(base+tt.yaml)); err != nil && strings.Contains(err.Error(), "not set") {
			t.Errorf("%s: %v although no run begins", tt.yaml, err)
		}
	}
}

// TestInputsKeepTheirMode: a copy of a file keeps its restricted permissions.
func TestInputsKeepTheirMode(t *testing.T) {
	source, dir := secretSource(t), filepath.Join(t.TempDir(), "run")
	begin(t, source, dir)
	if info, err := os.Stat(filepath.Join(dir, "inputs", "app.conf")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestNothingStartsWithoutWhatWasGiven: a run directory's scenario lacks its secrets
// and env files, so no program is started from it.
func TestNothingStartsWithoutWhatWasGiven(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           []string // parts of the error
	}{
		{"env file of all", "blocks: 6", "blocks: 6\nenv_file: app.env", []string{"env_file app.env"}},
		{"env file of a variant", "build: ./b}", "build: ./b, env_file: app.env}", []string{"env_file app.env"}},
		{"variable", "target: {path: /}", "target: {path: '/${env.GIVEN}'}", []string{"${env.GIVEN}"}},
		{"variable of a file", "blocks: 6", "blocks: 6\nfiles: {app.conf: ''}", []string{"${env.GIVEN_FILE}"}},
		{"literal", "build: ./b}", "build: ./b, env: {API_KEY: hush-literal}}", []string{"${hidden."}},
		{"all at once", "build: ./b}", "build: ./b, env_file: app.env, env: {API_KEY: hush-literal, A: '${env.GIVEN}', B: '${env.GIVEN_TOO}'}}",
			[]string{"env_file app.env", "${env.GIVEN}, ${env.GIVEN_TOO}, ${hidden."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source, dir := secretSource(t), filepath.Join(t.TempDir(), "run")
			sc, err := scenario.Inputs{Dir: source, Env: lookup(secretEnv)}.ParseScenario("f", []byte(strings.Replace(fakerig.Text, tt.old, tt.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if err := sc.WriteInputs(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := record.CreateRun(dir, sc.Copy(), record.Meta{}); err != nil {
				t.Fatal(err)
			}
			run, err := record.OpenRun(dir)
			if err != nil {
				t.Fatal(err)
			}
			f := fakerig.New()
			f.Spoil = func(plan experiment.TrialPlan, _ *experiment.Subject) { t.Errorf("started %s", plan.Arm.Name) }
			err = experiment.Conduct(t.Context(), design.Of(run), run, f.Rig())
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v, want %q", err, want)
				}
			}
			if err := run.Scenario.UseSecrets(sc); err != nil {
				t.Error(err)
			}
		})
	}
}

package scenario_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// parseIn parses the valid scenario, changed once, in a folder with one file.
func parseIn(t *testing.T, file, text, old, new string) (*scenario.Scenario, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return scenario.ParseScenario(filepath.Join(dir, "tiny.yaml"), []byte(strings.Replace(valid, old, new, 1)))
}

func TestEnvFile(t *testing.T) {
	sc, err := parseIn(t, "app.env", "# ours\n\nA=1\nB=two = 2 \"so\"\r\n", "blocks: 6", "blocks: 6\nenv_file: app.env\nenv: {A: own}")
	if err != nil {
		t.Fatal(err)
	}
	if sc.Env["A"] != "own" || sc.Env["B"] != `two = 2 "so"` || len(sc.Env) != 2 {
		t.Errorf("env is %q", sc.Env)
	}
	for text, want := range map[string]string{
		"A=1\nHOME\n":  `env_file: app.env: line 2: want NAME=VALUE`,
		"A B=1":        "line 1:",
		"A=a${b":       "env_file: app.env: A: has ${ without }",
		"=1":           "line 1:",
		"A=${nothing}": "env_file: app.env: A: ${nothing} is unknown",
	} {
		if _, err := parseIn(t, "app.env", text, "blocks: 6", "blocks: 6\nenv_file: app.env"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestTargetFileNamesBodiesInItsFolder: @order.json of lists/load.txt is lists/order.json.
func TestTargetFileNamesBodiesInItsFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"lists/load.txt", "lists/bodies/order.json", "order.json"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for body, want := range map[string]string{"bodies/order.json": "lists/bodies/order.json", "../order.json": "order.json", "../../order.json": "", "none.json": ""} {
		var got []byte
		var failed error
		in := scenario.Inputs{Dir: dir, Targets: func(text []byte, read func(string) ([]byte, error)) ([]load.Target, error) {
			got, failed = read(body)
			return []load.Target{{Method: "GET", Path: "/", Plain: true}}, failed
		}}
		_, err := in.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, "target: {path: /}", "targets: lists/load.txt", 1)))
		if string(got) != want || (failed == nil) != (want != "") || (err == nil) != (want != "") {
			t.Errorf("@%s is %q, %v", body, got, err)
		}
	}
}

// A variant's own file may name the sidecars of that variant.
func TestEnvFileNamesASidecar(t *testing.T) {
	const sidecar = "{name: a, build: ./a, env_file: a.env, sidecars: [{name: cache, build: ./c, port: 6379}]}"
	sc, err := parseIn(t, "a.env", "CACHE=${cache.address}\n", "{name: a, build: ./a}", sidecar)
	if err != nil || sc.Variants[0].Env["CACHE"] != "${cache.address}" {
		t.Errorf("%v, %+v", err, sc)
	}
	if _, err := parseIn(t, "a.env", "CACHE=${cache.address}\n", "{name: b, build: ./b}", "{name: b, build: ./b, env_file: a.env}"); err == nil {
		t.Error("a variant may name the sidecar of another")
	}
}

func TestTargetFile(t *testing.T) {
	const two = `{"method":"GET","url":"http://goku:9090/a%20b?q={{.Seq}}","header":{"X-A":["1","2"]}}

{"method":"POST","url":"/orders","body":"Rk9P"}
`
	sc, err := parseIn(t, "load.json", two, "target: {path: /}", "targets: load.json")
	if err != nil {
		t.Fatal(err)
	}
	all := sc.Load.Mix()
	if len(all) != 2 || all[0].Path != "/a%20b?q={{.Seq}}" || !slices.Equal(all[0].Lines, []load.HeaderLine{{Name: "X-A", Value: "1"}, {Name: "X-A", Value: "2"}}) || !all[0].Plain ||
		all[1].Method != http.MethodPost || all[1].Body != "FOO" || all[1].Timeout == 0 || all[1].Weight != 1 {
		t.Errorf("targets are %+v", all)
	}
	// A run stores them in the same form, and reads them again.
	dir := t.TempDir()
	if err := sc.WriteInputs(dir); err != nil {
		t.Fatal(err)
	}
	again, err := scenario.RunInputs(dir).ParseScenario("tiny.yaml", []byte(strings.Replace(valid, "target: {path: /}", "targets: load.json", 1)))
	if err != nil || len(again.Load.Mix()) != 2 || !slices.Equal(again.Load.Mix()[0].Lines, all[0].Lines) || again.Load.Mix()[1].Body != "FOO" {
		t.Errorf("of the run's own: %+v, %v", again, err)
	}
	for text, want := range map[string]string{
		"":                                       "load.targets: load.json: has no request",
		"{}":                                     `line 1: "" is not a method`,
		"\n{\"method\":\"GET\",\"url\":\"a b\"}": `line 2: "a b" is not a URL`,
		`{"method":"GET","url":"localhost:80/a"}`:               `"localhost:80/a" is not a URL`,
		`{"method":"GET","url":"http://a:b@host/"}`:             "the URL has a user",
		`{"method":"GE T","url":"/"}`:                           `"GE T" is not a method`,
		`{"method":"GET","url":"/","header":{"A B":["1"]}}`:     `"A B" is not a header`,
		`{"method":"GET","url":"/","header":{"A":["1\nB: 2"]}}`: `"A" is not a header`,
		"\n\n{\"method\":":                                      "line 3:",
	} {
		if _, err := parseIn(t, "load.json", text, "target: {path: /}", "targets: load.json"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		} else if n := strings.Count(err.Error(), "\n"); n > 0 {
			t.Errorf("%q: one mistake, %d lines: %v", text, n+1, err)
		}
	}
}

func FuzzReadTargets(f *testing.F) {
	f.Add([]byte(`{"method":"GET","url":"http://a/b"}`))
	f.Add([]byte("{}\n{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := load.ReadJSONTargets(text)
		if (len(all) == 0) == (err == nil) {
			t.Errorf("%d targets with error %v", len(all), err)
		}
		for _, one := range all {
			if one.Path == "" || one.Method == "" {
				t.Errorf("a target without path or method: %+v", one)
			}
		}
	})
}

// A byte order mark from a spreadsheet or an editor on Windows is skipped.
func TestInputsMayBeginWithAByteOrderMark(t *testing.T) {
	const mark = "\ufeff"
	sc, err := parseIn(t, "app.env", mark+"A=1\r\n", "blocks: 6", "blocks: 6\nenv_file: app.env")
	if err != nil || sc.Env["A"] != "1" {
		t.Errorf("an env file: %v", err)
	}
	for _, file := range []struct{ name, text string }{{"d.csv", mark + "key,b\r\n5,6\r\n"}, {"d.jsonl", mark + `{"key": "5"}` + "\n"}} {
		sc, err = parseIn(t, file.name, file.text, "path: /", "path: /, data: "+file.name)
		if err != nil || sc.Load.Target.Rows[0]["key"] != "5" {
			t.Errorf("%s: %v", file.name, err)
		}
	}
	sc, err = parseIn(t, "t.csv", mark+"offset_seconds\n0.5\n", "rate: 10/s, for: 1s", "trace: t.csv")
	if err != nil || len(sc.Load.Phases[0].Recorded) != 1 {
		t.Errorf("a trace: %v", err)
	}
	sc, err = parseIn(t, "r.jsonl", mark+`{"method":"GET","url":"http://h/x"}`, "target: {path: /}", "targets: r.jsonl")
	if err != nil || sc.Load.Targets[0].Path != "/x" {
		t.Errorf("a list of requests: %v", err)
	}
}

func TestDataColumnsHaveUniqueNames(t *testing.T) {
	for text, want := range map[string]string{"a,b,a\n1,2,3\n": `column 3 has the name "a"`, "a,,c\n1,2,3\n": `column 2 has the name ""`, "a,b\n1\n": "wrong number of fields"} {
		if _, err := parseIn(t, "d.csv", text, "path: /", "path: /, data: d.csv"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

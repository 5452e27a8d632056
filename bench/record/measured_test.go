package record_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// TestMeasured: comments, prose, the seed and the order of keys are not measured; every
// other change of a scenario is, and is named by its field.
func TestMeasured(t *testing.T) {
	const text = `name: m
about: one
variants:
  - {name: a, image: x, args: [-n, "1"]}
  - {name: b, build: ./b, env: {K: v}}
load:
  target: {path: /}
  phases: [{name: warm, rate: 5/s, for: 1s}, {name: window, rate: 100/s, for: 10s, measure: true}]
blocks: 6
claims:
  - {id: less, statement: less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}
`
	base := measured(t, text)
	for name, tt := range map[string]struct{ old, new, field, value string }{
		"a comment":   {"blocks: 6", "blocks: 6 # six", "", ""},
		"the name":    {"name: m", "name: other", "", ""},
		"prose":       {"about: one", "about: two", "", ""},
		"a statement": {"statement: less", "statement: much less", "", ""},
		"a reason":    {"statement: less", "statement: less, because: so", "", ""},
		"which is set": {"statement: less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}",
			"calibrated: so, statement: less, metric: memory.mean, variant: b, value: {at_most: 1GB}", "claims.less.calibrated", "given"},
		"the seed":    {"blocks: 6", "blocks: 6\nseed: 7", "", ""},
		"key order":   {"metric: memory.mean, variant: b", "variant: b, metric: memory.mean", "", ""},
		"a default":   {"blocks: 6", "blocks: 6\nport: 8000", "", ""},
		"a bound":     {"at_least: 50%", "at_least: 45%", "claims.less.reduction.at_least", "0.45"},
		"a zero":      {"reduction: {at_least: 50%}", "difference: {at_most: 0MB}", "claims.less.difference.at_most", "0"},
		"a window":    {"for: 10s", "for: 12s", "load.phases.window.for", "12s"},
		"an argument": {`"1"`, `"2"`, "variants.a.args.1", "2"},
		"a build":     {"./b", "./c", "variants.b.build", "./c"},
		"variable":    {"K: v", "K: w", "variants.b.env.K", "w"},
		"blocks":      {"blocks: 6", "blocks: 7", "blocks", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			got := measured(t, strings.Replace(text, tt.old, tt.new, 1))
			if same := maps.Equal(got, base); same != (tt.field == "") || got[tt.field] != tt.value {
				t.Errorf("equal: %v, %s is %q, want %q", same, tt.field, got[tt.field], tt.value)
			}
		})
	}
}

// What a calibrated claim says is prose; that it is one is measured.
func TestMeasuredCalibrated(t *testing.T) {
	const text = `name: m
variants: [{name: a, image: x}]
load:
  target: {path: /}
  phases: [{name: window, rate: 100/s, for: 10s, measure: true}]
claims: [{id: size, calibrated: one, metric: memory.mean, variant: a, value: {at_most: 1GB}}]
`
	base := measured(t, text)
	if other := measured(t, strings.Replace(text, "calibrated: one", "calibrated: two", 1)); !maps.Equal(other, base) {
		t.Error("other words are another study")
	}
	if other := measured(t, strings.Replace(text, "calibrated: one, ", "", 1)); maps.Equal(other, base) {
		t.Error("a claim and a calibrated claim are one study")
	}
}

func measured(t *testing.T, text string) map[string]string {
	t.Helper()
	sc, err := scenario.ParseScenario("m.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return record.Measured(sc)
}

// TestMeasuredHoldsNoSecret: the journal and the report of a study show these fields. A
// changed value of an env file is found by the file's hash.
func TestMeasuredHoldsNoSecret(t *testing.T) {
	const text = `name: m
env: {DB_PASSWORD: hunter2-plain}
variants:
  - {name: a, image: x, args: [--token, tokenvalue1], env_file: a.env}
  - {name: b, build: {context: ./b, args: {API_KEY: buildkey1}}}
load:
  target: {path: /, headers: {Authorization: Bearer abcdefghi}}
  phases: [{name: window, rate: 100/s, for: 10s, measure: true}]
claims:
  - {id: less, statement: less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}
`
	withFile := func(env string) map[string]string {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a.env"), env)
		sc, err := scenario.Inputs{Dir: dir}.ParseScenario("m.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return record.Measured(sc)
	}
	fields := withFile("API_TOKEN=s3cr3t-value\nMODE=fast\n")
	for name, value := range fields {
		for _, secret := range []string{"hunter2-plain", "tokenvalue1", "buildkey1", "abcdefghi", "s3cr3t-value"} {
			if strings.Contains(value, secret) {
				t.Errorf("%s: %s", name, value)
			}
		}
	}
	if fields["variants.a.env.MODE"] != "fast" {
		t.Errorf("MODE is %q: what is no secret is told", fields["variants.a.env.MODE"])
	}
	if maps.Equal(fields, withFile("API_TOKEN=another-value\nMODE=fast\n")) {
		t.Error("another secret is the same")
	}
}

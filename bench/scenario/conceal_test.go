package scenario_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
)

// withoutSecrets are the texts of a scenario in which no secret is filled in or hidden:
// names, paths of files and URLs, sentences.
var withoutSecrets = []string{
	"Scenario.Name", "Scenario.About", "Scenario.Extends", "Scenario.EnvFile", "Scenario.Files", "Scenario.InfoPath",
	"Scenario.CountersPath", "Scenario.UnchangedCounters", "Scenario.LogLines",
	"Variant.Name",
	"Build.Context", "Build.Dockerfile",
	"Variant.Image", "Variant.EnvFile", "Variant.User", "Variant.Files",
	"Sidecar.Name", "Sidecar.Image", "Sidecar.Files",
	"Ready.Path", "Ready.Log",
	"Variant.Expect",
	"Attribution.Image", "Attribution.Expect",
	"Cause.Name", "Cause.Statement", "Cause.ExpectWith", "Cause.ExpectWithout",
	"Limits.CPUSet",
	"Program.Image",
	"Database.RowsQuery", "Database.Settings",
	"Target.Name", "Target.Method", "Target.Words", "Target.Data",
	"Phase.Name", "Phase.Trace",
	"Claim.ID", "Claim.Statement", "Claim.Because", "Claim.Calibrated", "Claim.Variant", "Claim.Baseline", "Claim.Replicates",
	"Controls.Baseline",
}

// TestEveryTextHasASecretRule: a new field that holds text has a secret tag, or a line
// in withoutSecrets.
func TestEveryTextHasASecretRule(t *testing.T) {
	var without []string
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			if key := f.Tag.Get("yaml"); key == "" || key == "-" || f.Tag.Get("secret") != "" {
				continue
			}
			text := reflect.TypeFor[string]()
			if f.Type == text || slices.Contains([]reflect.Kind{reflect.Map, reflect.Slice}, f.Type.Kind()) && f.Type.Elem() == text {
				without = append(without, typ.Name()+"."+f.Name)
			}
			visit(f.Type)
		}
	}
	visit(reflect.TypeFor[scenario.Scenario]())
	for _, name := range without {
		if !slices.Contains(withoutSecrets, name) {
			t.Errorf("%s has no secret tag and is not in withoutSecrets", name)
		}
	}
	for _, name := range withoutSecrets {
		if !slices.Contains(without, name) {
			t.Errorf("withoutSecrets has %s, which is no field or has a secret tag", name)
		}
	}
}

// TestSecretsAreHiddenInEveryPlace: the copy of a scenario shows no literal secret of
// env, args, command, build args or of a request, at any depth.
func TestSecretsAreHiddenInEveryPlace(t *testing.T) {
	const program = "build: {context: ., args: {TOKEN: hush-1}}, args: [-token, hush-2, '--key=hush-3']"
	const sidecars = "sidecars: [{name: NAME, " + program + ", env: {TOKEN: hush-4}}, {name: NAME-2, command: [x, -token, hush-5]}]"
	text := strings.NewReplacer(
		"name: tiny", "name: tiny\nenv: {TOKEN: hush-6}\n"+strings.ReplaceAll(sidecars, "NAME", "all")+
			"\ndatabase: {seed: {"+program+"}}\nupstream: {"+program+"}",
		"build: ./a}", program+", env: {TOKEN: hush-7}, "+strings.ReplaceAll(sidecars, "NAME", "own")+"}",
		"build: ./b}", "command: [x, --password, hush-8]}",
		"{path: /}", "{path: '/?token=hush-9', headers: {Authorization: Bearer hush-10}}",
	).Replace(valid)
	attribution := text[:strings.Index(text, "variants:")] + "attribution: {" + program + ", env: {TOKEN: hush-11}, causes: [{name: c, args: [-token, hush-12], env: {TOKEN: hush-13}, " +
		"manipulation_check: processes}]}\n" + text[strings.Index(text, "load:"):strings.Index(text, "claims:")]
	for _, text := range []string{text, attribution} {
		sc, err := scenario.ParseScenario("tiny.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if copied := string(sc.Copy()); strings.Contains(copied, "hush") {
			t.Errorf("the copy shows a secret:\n%s", copied)
		}
	}
}

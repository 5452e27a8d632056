package scenario_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/scenario"
)

// valid is a small scenario. Each case below makes one mistake in it.
const valid = `name: tiny
variants:
  - {name: a, build: ./a}
  - {name: b, build: ./b}
load:
  target: {path: /}
  phases:
    - {name: warm, rate: 10/s, for: 1s}
    - {name: window, rate: 100/s, for: 20s, measure: true}
blocks: 6
claims:
  - {id: less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}
`

func TestParseScenarioAccepts(t *testing.T) {
	sc, err := scenario.ParseScenario("tiny.yaml", []byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	if got := sc.Window().Hits(); got != 2000 {
		t.Errorf("the window has %d hits, want 2000", got)
	}
	if sc.Ready.Path != "/" || sc.Port != 8000 || sc.Seed != 1 {
		t.Errorf("defaults were not filled in: %+v", sc)
	}
}

func TestParseScenarioRefuses(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           string // part of the message
	}{
		{"unknown field", "blocks: 6", "block: 6", "10:1: block: unknown field: did you mean blocks?"},
		{"unknown nested field", "for: 1s", "four: 1s", "8:32: load.phases[0].four: unknown field: did you mean for?"},
		{"duplicate", "blocks: 6", "blocks: 6\nname: again", "11:1: name: is given twice, first in line 1"},
		{"bad rate", "rate: 10/s", "rate: 10", `8:26: load.phases[0].rate: "10": want a rate, such as 100/s`},
		{"negative rate", "rate: 10/s", "rate: -1/s", "or 0/s for a rest"},
		{"a ramp from 0/s", "rate: 10/s", "rate: 0/s, to: 10/s", "load.phases[0].rate: is 0/s, and does not go with to"},
		{"0/s among steps", "rate: 10/s", "steps: [10/s, 0/s]", "load.phases[0].steps: reaches 0/s"},
		{"a capacity step at 0/s", "measure: true}", "measure: true}\n    - {name: p1, rate: 0/s, for: 1s, capacity_step: true}", "needs a constant rate above 0/s"},
		{"response times of a window at 0/s", "rate: 100/s, for: 20s, measure: true}\nblocks: 6\nclaims:\n  - {id: less, metric: memory.mean", "rate: 0/s, for: 20s, measure: true}\nblocks: 6\nclaims:\n  - {id: less, metric: latency.p50", "claims[0].metric: latency.p50 needs requests, and the window has a rate of 0/s"},
		{"steady of a window at 0/s", "rate: 100/s, for: 20s, measure: true}\nblocks: 6\nclaims:\n  - {id: less,", "rate: 0/s, for: 20s, measure: true}\nblocks: 6\nclaims:\n  - {id: less, steady: 5%,", "claims[0].steady: is drift by requests"},
		{"sidecar without a program", "blocks: 6", "blocks: 6\nsidecars: [{name: cache}]", "sidecars[0]: has nothing to start"},
		{"sidecar with a reserved name", "blocks: 6", "blocks: 6\nsidecars: [{name: postgres, image: x}]", `sidecars[0].name: "postgres" begins with postgres, which is reserved`},
		{"sidecar name twice", "build: ./b}\n", "build: ./b, sidecars: [{name: cache, image: x}]}\nsidecars: [{name: cache, image: x}]\n", `variants[1].sidecars[0].name: "cache" is taken`},
		{"sidecar with tcp and no port", "blocks: 6", "blocks: 6\nsidecars: [{name: cache, image: x, ready: {tcp: true}}]", "sidecars[0].ready: tcp and path need a port: set port, or use log"},
		{"address of a sidecar without a port", "build: ./b}\n", "build: ./b, env: {C: '${cache.address}'}}\nsidecars: [{name: cache, image: x}]\n", "${cache.address} is unknown"},
		{"address of a sidecar that starts later", "build: ./b}\n", "build: ./b, env: {C: '${c.address}'}}\nsidecars: [{name: c, image: x, port: 1, after: true}]\n", "${c.address} is unknown"},
		{"the variant's address before its start", "blocks: 6", "blocks: 6\nsidecars: [{name: c, image: x, args: ['${variant.address}']}]", "sidecars[0].args[0]: ${variant.address} is unknown"},
		{"memory of an unknown sidecar", "memory.mean", "sidecar.cache.memory", "sidecar.cache.memory needs a sidecar: add cache to sidecars"},
		{"a sidecar with an empty ready", "blocks: 6", "blocks: 6\nsidecars: [{name: c, image: x, ready: {within: 5s}}]", "sidecars[0].ready: has no check"},
		{"a sidecar that waits for 0 lines", "blocks: 6", "blocks: 6\nsidecars: [{name: c, image: x, ready: {log: up, times: 0}}]", "sidecars[0].ready.times: is the number of log lines"},
		{"a sidecar with a reserved name in capitals", "blocks: 6", "blocks: 6\nsidecars: [{name: Upstream, image: x}]", "begins with upstream, which is reserved"},
		{"an open placeholder", "build: ./a}", "build: ./a, env: {P: 'a${b'}}", "variants[0].env.P: has ${ without }"},
		{"a name for a Go package's user", "build: ./a}", "build: ./a, user: www-data}", "has no names: want a number"},
		{"no user", "build: ./a}", "build: ./a, user: 'a b'}", `variants[0].user: "a b": want a user of the image`},
		{"missing env file", "blocks: 6", "blocks: 6\nenv_file: nowhere.env", "env_file: nowhere.env: no such file"},
		{"missing targets", "target: {path: /}", "targets: nowhere.txt", "load.targets: nowhere.txt: no such file"},
		{"bad duration", "for: 1s", "for: 1", `"1": want a duration, such as 30s`},
		{"negative duration", "for: 1s", "for: -1s", ": want a duration"},
		{"share above the whole", "target: {path: /}", "target: {path: /}\n  max_errors: 120%", `"120%": want a share, such as 10%`},
		{"bad percentage", "at_least: 50%", "at_least: half", `"half": want a number`},
		{"impossible reduction", "at_least: 50%", "at_least: 120%", "a reduction of 100% or more is impossible"},
		{"unit that does not fit", "at_least: 50%", "at_least: 5ms", "wrong unit"},
		{"unknown metric", "memory.mean", "memory.average", `unknown metric "memory.average"`},
		{"steady response time", "metric: memory.mean", "metric: latency.p50, steady: 5%", "claims[0].steady: is for claims on an amount of memory, not on latency.p50"},
		{"build and image", "build: ./a}", "build: ./a, image: nginx}", "variants[0].image: does not go with build"},
		{"package and command", "build: ./a}", "build: ./a, command: [a]}", "variants[0].command: does not go with a Go package"},
		{"no context", "build: ./a}", "build: {dockerfile: D}}", "variants[0].build.context: is missing"},
		{"dockerfile outside", "build: ./a}", "build: {context: ., dockerfile: ../D}}", `"../D": want a file within the context`},
		{"unknown field of a build", "build: ./a}", "build: {contxt: .}}", "variants[0].build.contxt: unknown field: did you mean context?"},
		{"command and args", "build: ./a}", "command: [a], args: [b]}", "variants[0].args: are for a build or an image"},
		{"command of nothing", "build: ./a}", "command: ['']}", "variants[0].command: names no program"},
		{"nothing to start", "build: ./a}", "args: [b]}", "variants[0]: has nothing to start"},
		{"placeholder in an argument", "build: ./a}", "build: ./a, args: ['${prot}']}", "variants[0].args[0]: ${prot} is unknown"},
		{"placeholder in a command", "build: ./a}", "command: [a, '${prot}']}", "variants[0].command[1]: ${prot} is unknown"},
		{"two checks", "blocks: 6", "blocks: 6\nready: {path: /x, tcp: true}", "ready: has several checks"},
		{"times of no text", "blocks: 6", "blocks: 6\nready: {times: 3}", "ready.times: is the number of log lines"},
		{"times of nothing", "blocks: 6", "blocks: 6\nready: {log: up, times: 0}", "ready.times: is the number of log lines"},
		{"an empty text", "blocks: 6", "blocks: 6\nready: {log: ''}", "ready.log: is empty"},
		{"no signal", "blocks: 6", "blocks: 6\nstop: {signal: KILLALL}", `stop.signal: "KILLALL" is not a signal that ends a program`},
		{"init that is not true or false", "blocks: 6", "blocks: 6\ninit: tini", "init: "},
		{"a missing file", "blocks: 6", "blocks: 6\nfiles: {nowhere.conf: /etc/a.conf}", "files.nowhere.conf: nowhere.conf: no such file"},
		{"a relative path in the container", "blocks: 6", "blocks: 6\nfiles: {parse.go: etc}", `files.parse.go: "etc": want its path in the container`},
		{"unknown variant", "variant: b", "variant: c", `claims[0].variant: "c" is not a variant of this scenario: want one of ["a" "b"]`},
		{"compared with itself", "variant: b", "variant: a", `compares "a" with itself`},
		{"no comparison", ", reduction: {at_least: 50%}", "", "has 0 comparisons: want exactly one"},
		{"no bound", "{at_least: 50%}", "{}", "has no bound"},
		{"or_within of a reduction", "{at_least: 50%}", "{at_least: 50%, or_within: 5MB}", "claims[0].reduction.or_within: goes only with the at_most of a ratio"},
		{"or_within in another unit", "reduction: {at_least: 50%}", "ratio: {at_most: 1.1, or_within: 5ms}", "claims[0].ratio.or_within: want an amount above 0 in the unit of memory.mean, bytes"},
		{"equals and more", "{at_least: 50%}", "{equals: 50%, at_most: 60%}", "claims[0]: equals does not go with at_least or at_most"},
		{"empty range", "{at_least: 50%}", "{at_least: 50%, at_most: 40%}", "is above at_most"},
		{"too few blocks", "blocks: 6", "blocks: 2", "2 blocks cannot decide a claim: want at least 3"},
		{"interim analyses that fall", "blocks: 6", "interim_analyses: [9, 6]", "interim_analyses: [9 6]: want numbers of blocks that rise from 3"},
		{"an interim analysis too soon", "blocks: 6", "interim_analyses: [2, 6]", "rise from 3 or more"},
		{"blocks after the last analysis", "blocks: 6", "blocks: 12\ninterim_analyses: [6, 9]", "the last is after 9 blocks, and blocks is 12"},
		{"too many interim analyses", "blocks: 6", "interim_analyses: [6, 7, 8, 9, 10, 11]", "6 are too many"},
		{"too few hits", "metric: memory.mean", "metric: latency.p99", "latency.p99 needs 5000 hits in the window so that 50 lie beyond it; this window has 2000"},
		{"no window", ", measure: true", "", "0 phases have measure: true"},
		{"phase name twice", "name: window", "name: warm", `"warm" is taken`},
		{"phase without rate", "rate: 10/s, ", "", "load.phases[0].rate: is missing"},
		{"variant name twice", "name: b", "name: a", `variants[1].name: "a" is taken`},
		{"nothing to start", ", build: ./a", "", "variants[0]: has nothing to start"},
		{"both build and image", "build: ./a", "build: ./a, image: x", "does not go with build"},
		{"expect without info_path", "build: ./a", "build: ./a, expect: {x: 1}", "needs info_path"},
		{"relative path", "path: /", "path: v1", "want a path that begins with /"},
		{"list for a mapping", "target: {path: /}", "target: [1]", "want a mapping of names to values, got a list"},
		{"mapping for a list", "  - {name: a, build: ./a}\n  - {name: b, build: ./b}", "  name: a", "variants: want a list, got a mapping"},
		{"out of range", "blocks: 6", "blocks: 600", "600 is out of range"},
		{"not a number", "blocks: 6", "blocks: six", `blocks: "six": want a whole number`},
		{"bad name", "name: tiny", "name: ../up", "want letters, digits and dashes"},
		{"bad cpuset", "blocks: 6", "blocks: 6\nlimits: {cpuset: all}", "a list of processors such as 0-1"},
		{"unknown placeholder", "build: ./a", "build: ./a, env: {URL: \"${upstream.url}\"}", "variants[0].env.URL: ${upstream.url} is unknown: this scenario has cpus, database.url, files, port"},
		{"control's name", "name: b", "name: 'A-A'", "A-A is the name of a control"},
		{"baseline that is no variant", "blocks: 6", "blocks: 6\ncontrols: {baseline: c}", `controls.baseline: "c" is not a variant`},
		{"too few requests for a bound on errors", "metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", "metric: errors, variant: b, baseline: a, difference: {at_most: 0.01%}", "cannot be shown: if none of 12000 requests fails"},
		{"controls.delay above the timeout", "blocks: 6", "blocks: 6\ncontrols: {delay: 30s}", "is not shorter than a request's timeout"},
		{"unchanged without counters", "blocks: 6", "blocks: 6\nunchanged_counters: [restarts]", "unchanged_counters: needs counters_path"},
		{"relative path of counters", "blocks: 6", "blocks: 6\ncounters_path: ready", "counters_path: \"ready\": want a path"},
		{"a counter without counters_path", "memory.mean", "service.boot_seconds", "service.boot_seconds needs counters_path"},
		{"no capacity step", "memory.mean", "rate.sustained", "rate.sustained needs capacity steps: add phases with capacity_step: true"},
		{"a window that is a capacity step", "measure: true", "measure: true, capacity_step: true", "capacity_step: does not go with measure"},
		{"a capacity step before the window", "for: 1s}", "for: 1s, capacity_step: true}", "a capacity step comes before the window"},
		{"a capacity step that is not higher", "measure: true}", "measure: true}\n    - {name: p1, rate: 20/s, for: 1s, capacity_step: true}\n    - {name: p2, rate: 20/s, for: 1s, capacity_step: true}", "has a rate of 20/s, and the capacity step before has 20/s"},
		{"a capacity step with a ramp", "measure: true}", "measure: true}\n    - {name: p1, rate: 20/s, to: 30/s, for: 1s, capacity_step: true}", "needs a constant rate above 0/s"},
		{"alias", "path: /", "path: &x /", "anchors and aliases are not supported"},
		{"no YAML", "name: tiny", "name: [tiny", "tiny.yaml:"},
		{"no YAML, one message", "name: tiny", "name: 'tiny", "tiny.yaml:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(valid, tt.old) {
				t.Fatalf("the valid scenario does not hold %q", tt.old)
			}
			_, err := scenario.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, tt.old, tt.new, 1)))
			if err == nil {
				t.Fatal("was accepted")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got:\n%v\nwant it to hold:\n%s", err, tt.want)
			}
		})
	}
}

func TestParseScenarioReportsAllMistakesAtOnce(t *testing.T) {
	text := strings.NewReplacer("blocks: 6", "bloks: 6", "rate: 10/s", "rate: fast", "variant: b", "variant: z").Replace(valid)
	_, err := scenario.ParseScenario("tiny.yaml", []byte(text))
	if err == nil {
		t.Fatal("was accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d messages, want 3:\n%v", len(lines), err)
	}
	for i, at := range []string{"tiny.yaml:8:", "tiny.yaml:10:", "tiny.yaml:12:"} {
		if !strings.HasPrefix(lines[i], at) {
			t.Errorf("message %d is %q, want it at %s", i, lines[i], at)
		}
	}
}

func TestShippedScenariosAreValid(t *testing.T) { shippedScenarios(t) }

func shippedScenarios(t *testing.T) (all []*scenario.Scenario) {
	t.Helper()
	files, err := filepath.Glob("../../scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d scenarios, error %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		sc, err := scenario.ParseScenario(f, text)
		if err != nil {
			t.Error(err)
			continue
		}
		all = append(all, sc)
	}
	return all
}

// TestInstancesAreNotCountedByLines: a restarted instance logs the line again, so lines
// count starts, not instances.
func TestInstancesAreNotCountedByLines(t *testing.T) {
	for _, f := range shippedScenarios(t) {
		for _, c := range f.Claims {
			if strings.Contains(c.Statement, "instance") && strings.HasPrefix(string(c.Metric), "log.") {
				t.Errorf("%s: %s counts lines for %q", f.Name, c.Metric, c.Statement)
			}
		}
		if f.Attribution == nil {
			continue
		}
		for _, c := range f.Attribution.Causes {
			if strings.HasPrefix(string(c.ManipulationCheck), "log.") {
				t.Errorf("%s: %s is seen by lines, %s", f.Name, c.Name, c.ManipulationCheck)
			}
		}
	}
}

// FuzzParseScenario: no text makes the parser panic. An accepted text means the same
// when it is read again, and after another program rewrites the YAML.
func FuzzParseScenario(f *testing.F) {
	f.Add(valid)
	f.Add("")
	f.Add("variants: [{name: a}, *x]")
	f.Add("claims: [{reduction: {at_least: 1e999}}]")
	f.Add(strings.Replace(valid, "for: 1s", "for: 1s, to: 1e6/s", 1))
	f.Add(strings.Replace(valid, "blocks: 6", "interim_analyses: [6, 9]\nmax_repeats: 2\nlimits: {memory: 512Mi}\nsidecars: [{name: c, image: x, port: 1}]", 1))
	f.Add(strings.Replace(valid, "rate: 10/s", "rate: 10/s, amplitude: 10/s, period: 1ns", 1))
	f.Add("extends: testdata/base.yaml\nname: a\nblocks: 7")
	f.Add(`name: a
attribution: {image: x, causes: [{name: w, env: {A: b}, manipulation_check: processes}, {name: v, args: [a], manipulation_check: errors}]}
load: {target: {path: /}, arrivals: poisson, phases: [{name: w, steps: [1/s, 9/m], for: 1m, measure: true}]}
`)
	f.Fuzz(func(t *testing.T, text string) {
		sc, err := scenario.ParseScenario("fuzz.yaml", []byte(text))
		if (sc == nil) == (err == nil) {
			t.Errorf("scenario %v with error %v", sc, err)
		}
		if err != nil {
			return
		}
		again, err := scenario.ParseScenario("fuzz.yaml", []byte(text))
		if err != nil || !same(sc, again) {
			t.Errorf("read again it is another: %v", err)
		}
		anew, err := scenario.ParseScenario("fuzz.yaml", rewritten(t, text))
		if err != nil || !same(sc, anew) {
			t.Errorf("written anew it is another: %v", err)
		}
		least, planned, most := design.TrialCount(sc)
		shortest, length := design.Length(sc)
		if least < 1 || planned < least || most < planned || shortest <= 0 || length < shortest || len(design.Order(sc)) != sc.Blocks {
			t.Errorf("it has %d, %d or %d trials and takes %v to %v", least, planned, most, shortest, length)
		}
	})
}

// same reports whether two scenarios are equal, however they are written.
func same(a, b *scenario.Scenario) bool {
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range x.NumField() {
		if f := x.Type().Field(i); f.IsExported() && !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			return false
		}
	}
	return true
}

// rewritten returns the text as another program would write it.
func rewritten(t *testing.T, text string) []byte {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		t.Fatal(err)
	}
	bare(&node)
	out, err := yaml.Marshal(&node)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// bare removes comments and the flow style.
func bare(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	n.Style &^= yaml.FlowStyle
	for _, c := range n.Content {
		bare(c)
	}
}

// Long lists are refused quickly, however many mistakes they contain.
func TestParseScenarioRefusesLongLists(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"blocks: 6", "sidecars:\n" + strings.Repeat("  - {name: x, image: p, port: 80, args: ['${x.address}']}\n", 20_000), "sidecars: 20000 are too many: want at most 32"},
		{"variants:\n", "variants:\n" + strings.Repeat("  - {name: x, image: p, env: {A: b}}\n", 20_000), "variants: 20002 are too many: want at most 64"},
		{"claims:\n", "claims:\n" + strings.Repeat("  - {metric: errors, variant: x, baseline: y, ratio: {at_most: 2}}\n", 5_000), "claims: 5001 are too many"},
		{"phases:\n", "phases:\n" + strings.Repeat("    - {name: x, rate: 1/s, for: 1s}\n", 20_000), "load.phases: 20002 are too many"},
		{"target: {path: /}", "targets:\n" + strings.Repeat("    - {name: x, path: /}\n", 20_000), "load.targets: 20000 are too many: want at most 10000"},
		{"build: ./a}", "image: x, sidecars: [" + strings.Repeat("{name: x, image: p}, ", 5_000) + "]}", "variants[0].sidecars: 5000 are too many"},
	} {
		_, err := scenario.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, tt.old, tt.new, 1)))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.1000v, want %q", err, tt.want)
		}
	}
}

// Postgres is started only if the scenario uses it.
func TestScenarioNeedsDatabase(t *testing.T) {
	for new, want := range map[string]bool{
		"{name: a, build: ./a}":                                  false,
		"{name: a, build: ./a, env: {URL: '${database.url}'}}":   true,
		"{name: a, build: ./a, args: ['-db=${database.url}']}":   true,
		"{name: a, command: [a, '-db=${database.url}']}":         true,
		"{name: a, build: ./a, env: {URL: 'postgres://theirs'}}": false,
	} {
		sc, err := scenario.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, "{name: a, build: ./a}", new, 1)))
		if err != nil || sc.NeedsDatabase() != want {
			t.Errorf("%s: %v, want %t", new, err, want)
		}
	}
	for _, more := range []string{"rows_query: SELECT 1", "settings: {fsync: 'on'}", "seed: {build: ./seed}"} {
		sc, err := scenario.ParseScenario("tiny.yaml", []byte(valid+"database: {"+more+"}\n"))
		if err != nil || !sc.NeedsDatabase() {
			t.Errorf("%s: %v, and no database", more, err)
		}
	}
}

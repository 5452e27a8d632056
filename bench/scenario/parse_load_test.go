package scenario_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// inputFolder holds a trace and rows of data. It serves as the folder of the scenarios
// in these tests.
func inputFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"day.csv": "offset_seconds,target\n2,\n0.25,chat\n", "odd.csv": "1\n2,nobody\n", "empty.csv": "# nothing\n", "long.csv": "1e9\n",
		"rows.csv": "key,prompt\na,\"x, y\"\nb,z\n", "ragged.csv": "key,prompt\na\n", "head.csv": "key\n",
		"rows.jsonl": "{\"key\": \"a\", \"n\": 1.5}\n\n{\"key\": \"b\"}\n", "bad.jsonl": "{}\n[1]\n", "rows.txt": "a\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The lines of the valid scenario that these tests replace.
const (
	warm   = "{name: warm, rate: 10/s, for: 1s}"
	target = "target: {path: /}"
	two    = "targets: [{name: chat, path: /chat, weight: 3}, {name: list, path: /list}]"
)

func parseWith(t *testing.T, dir string, oldnew ...string) (*scenario.Scenario, error) {
	t.Helper()
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(valid, oldnew[i]) {
			t.Fatalf("the valid scenario does not hold %q", oldnew[i])
		}
	}
	return scenario.ParseScenario(filepath.Join(dir, "tiny.yaml"), []byte(strings.NewReplacer(oldnew...).Replace(valid)))
}

func TestParseLoadAccepts(t *testing.T) {
	dir := inputFolder(t)
	tests := []struct {
		phase string
		is    string
		hits  uint64
		long  time.Duration
	}{
		{"rate: 10/s, for: 1s", "10/s", 10, time.Second},
		{"rate: 100/s, to: 300/s, for: 10s", "100/s to 300/s", 2000, 10 * time.Second},
		{"steps: [100/s, 200/s, 300/s], for: 30s", "100/s, 200/s, 300/s in equal steps", 6000, 30 * time.Second},
		{"rate: 100/s, amplitude: 50/s, period: 20s, for: 10s", "100/s ± 50/s every 20s", 1318, 10 * time.Second},
		{"trace: day.csv", "replay of day.csv", 2, 2001 * time.Millisecond},
		{"trace: day.csv, speed: 0.5", "replay of day.csv, 0.5 times as fast", 2, 4001 * time.Millisecond},
		{"trace: day.csv, for: 1s", "replay of day.csv", 1, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.phase, func(t *testing.T) {
			sc, err := parseWith(t, dir, warm, "{name: warm, "+tt.phase+"}", target, two)
			if err != nil {
				t.Fatal(err)
			}
			if p := sc.Load.Phases[0]; p.String() != tt.is || p.Hits() != tt.hits || p.For != tt.long {
				t.Errorf("%s with %d hits for %v; want %s, %d and %v", p, p.Hits(), p.For, tt.is, tt.hits, tt.long)
			}
		})
	}
	sc, err := parseWith(t, dir, target, two+"\n  arrivals: poisson")
	if err != nil {
		t.Fatal(err)
	}
	mix := sc.Load.Mix()
	if sc.Load.Arrivals != load.Poisson || len(mix) != 2 || mix[0].Weight != 3 || mix[1].Weight != 1 || mix[1].Method != http.MethodGet || mix[1].Timeout != 30*time.Second {
		t.Errorf("arrivals %s, mix %+v", sc.Load.Arrivals, mix)
	}
}

// TestKeepAlive: 0s means no reuse, and differs from a missing key.
func TestKeepAlive(t *testing.T) {
	for text, want := range map[string]time.Duration{
		target: 500 * time.Millisecond, target + "\n  keep_alive: 0s": 0, target + "\n  keep_alive: 1h": time.Hour,
	} {
		sc, err := parseWith(t, t.TempDir(), target, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := sc.Attack().KeepAlive; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// TestDigestsOnlyForEqualResponses: only equal_responses needs digests, and hashing takes time.
func TestDigestsOnlyForEqualResponses(t *testing.T) {
	for text, want := range map[string]bool{target: false, target + "\n  equal_responses: true": true} {
		sc, err := parseWith(t, t.TempDir(), target, text)
		if err != nil || sc.Attack().Digests != want {
			t.Errorf("%s: %v, want %v; %v", text, sc.Attack().Digests, want, err)
		}
	}
}

func TestParseLoadReadsData(t *testing.T) {
	dir := inputFolder(t)
	for _, name := range []string{"rows.csv", "rows.jsonl"} {
		sc, err := parseWith(t, dir, target, "target: {path: /, data: "+name+"}")
		if err != nil {
			t.Fatal(err)
		}
		if rows := sc.Load.Target.Rows; len(rows) != 2 || rows[0]["key"] != "a" || rows[1]["key"] != "b" {
			t.Errorf("%s holds %v", name, rows)
		}
	}
}

func TestParseLoadRefuses(t *testing.T) {
	dir := inputFolder(t)
	phase := func(s string) []string { return []string{warm, "{name: warm, " + s + "}"} }
	tests := []struct {
		name   string
		oldnew []string
		want   string
	}{
		{"arrivals", []string{target, target + "\n  arrivals: fractal"}, `7:13: load.arrivals: "fractal" is unknown: want constant or poisson`},
		{"a ramp to too much", phase("rate: 10/s, to: 9999999/s, for: 5s"), "load.phases[0].to: 9999999/s is out of range: want at most 1000000/s"},
		{"a step of too much", phase("steps: [10/s, 9999999/s], for: 5s"), "load.phases[0].steps: 9999999/s is out of range: want at most 1000000/s"},
		{"idle connections for too long", []string{target, target + "\n  keep_alive: 61m"}, "7:15: load.keep_alive: 1h1m0s is out of range: want 0s, for a new connection for each request, to 1h0m0s"},
		{"idle connections for less than no time", []string{target, target + "\n  keep_alive: -1s"}, `load.keep_alive: "-1s": want a duration`},
		{"two shapes", phase("rate: 1/s, to: 2/s, steps: [1/s], for: 1s"), "load.phases[0].rate: does not go with steps: keep one of the two"},
		{"ramp without a beginning", phase("to: 2/s, for: 1s"), "load.phases[0].rate: is missing, and to needs it: write it like 100/s"},
		{"ramp without an end", phase("rate: 1/s, to: 2/s"), "load.phases[0].for: is missing, and to needs it: write it like 30s"},
		{"no step", phase("steps: [], for: 1s"), "load.phases[0].steps: is empty"},
		{"bad step", phase("steps: [1/s, two], for: 1s"), `load.phases[0].steps[1]: "two": want a rate`},
		{"sine without period", phase("rate: 2/s, amplitude: 1/s, for: 1s"), "load.phases[0].period: is missing, and amplitude needs it: write it like 20s"},
		{"period without sine", phase("rate: 2/s, period: 1s, for: 1s"), "load.phases[0].amplitude: is missing, and period needs it"},
		{"period of 0", phase("rate: 2/s, amplitude: 1/s, period: 0s, for: 1s"), "load.phases[0].period: is 0"},
		{"rate below 0", phase("rate: 2/s, amplitude: 3/s, period: 1s, for: 1s"), "load.phases[0].amplitude: 3/s is above the rate of 2/s"},
		{"speed without trace", phase("rate: 2/s, speed: 2, for: 1s"), "load.phases[0].speed: does not go with rate"},
		{"trace and rate", append(phase("rate: 2/s, trace: day.csv"), target, two), "load.phases[0].rate: does not go with trace"},
		{"speed of 0", append(phase("trace: day.csv, speed: 0"), target, two), "load.phases[0].speed: 0 is not a speed"},
		{"no such trace", phase("trace: night.csv"), "load.phases[0].trace: " + filepath.Join(dir, "night.csv") + ": no such file"},
		{"trace outside", phase("trace: ../day.csv"), `"../day.csv": want a file in the scenario's folder or below`},
		{"trace of nothing", phase("trace: empty.csv"), "load.phases[0].trace: empty.csv: has no request"},
		{"endless trace", phase("trace: long.csv"), `long.csv: line 1: "1e9" is not an offset: want seconds from 0 to 9e+06`},
		{"trace of another", phase("trace: odd.csv"), `odd.csv: names target "nobody" at 2s, which is not in load.targets`},
		{"trace that sends nothing", append(phase("trace: day.csv, for: 100ms"), target, two), "100ms at replay of day.csv sends no request"},
		{"both target and targets", []string{target, target + "\n  " + two}, "6:11: load.target: does not go with targets"},
		{"target without name", []string{target, "targets: [{path: /}]"}, "load.targets[0].name: is missing"},
		{"target name twice", []string{target, "targets: [{name: a, path: /}, {name: a, path: /}]"}, `load.targets[1].name: "a" is taken`},
		{"target without weight", []string{target, "targets: [{name: a, path: /, weight: 0}]"}, "load.targets[0].weight: 0 is out of range: want 1 to 1000000"},
		{"target without path", []string{target, "targets: [{name: a}]"}, "load.targets[0].path"},
		{"field of ours", []string{target, "target: {path: /, Rows: []}"}, "load.target.Rows: unknown field"},
		{"field without a name", []string{target, `target: {path: /, "-": []}`}, "load.target.-: unknown field"},
		{"ragged data", []string{target, "target: {path: /, data: ragged.csv}"}, "load.target.data: ragged.csv: record on line 2: wrong number of fields"},
		{"data without rows", []string{target, "target: {path: /, data: head.csv}"}, "head.csv: has no rows"},
		{"data that is no object", []string{target, "target: {path: /, data: bad.jsonl}"}, "bad.jsonl: line 2:"},
		{"data of unknown form", []string{target, "target: {path: /, data: rows.txt}"}, "rows.txt: want a file that ends in .csv"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseWith(t, dir, tt.oldnew...)
			if err == nil {
				t.Fatal("was accepted")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got:\n%v\nwant it to hold:\n%s", err, tt.want)
			}
		})
	}
}

// TestRunHasItsInputs: a run is judged without its scenario's folder, and refuses a
// trace that was changed since.
func TestRunHasItsInputs(t *testing.T) {
	from, dir := inputFolder(t), filepath.Join(t.TempDir(), "run")
	text := strings.NewReplacer(warm, "{name: warm, trace: day.csv}", target, strings.Replace(two, "path: /list", "path: /list, data: rows.csv", 1)).Replace(valid)
	sc, err := scenario.ParseScenario(filepath.Join(from, "tiny.yaml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := sc.WriteInputs(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := record.CreateRun(dir, []byte(text), record.Meta{}); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(from); err != nil {
		t.Fatal(err)
	}
	run, err := record.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	if p := run.Scenario.Load.Phases[0]; p.Hits() != 2 || len(run.Scenario.Load.Targets[1].Rows) != 2 {
		t.Errorf("the run's trace has %d hits, its data %d rows", p.Hits(), len(run.Scenario.Load.Targets[1].Rows))
	}
	trace := filepath.Join(dir, "inputs", "day.csv")
	if err := os.WriteFile(trace, []byte("0\n0.1\n0.2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := record.OpenRun(dir); err == nil || !strings.Contains(err.Error(), trace+" was changed after the run began") {
		t.Errorf("a changed trace: error %v", err)
	}
}

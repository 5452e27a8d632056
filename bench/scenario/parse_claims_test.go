package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
)

// refusal replaces one text of the valid scenario by another; want is part of the
// message, empty for none.
type refusal struct{ old, new, want string }

func (r refusal) check(t *testing.T) {
	t.Helper()
	if !strings.Contains(valid, r.old) {
		t.Fatalf("the valid scenario does not hold %q", r.old)
	}
	_, err := scenario.ParseScenario("tiny.yaml", []byte(strings.Replace(valid, r.old, r.new, 1)))
	switch {
	case r.want == "" && err != nil:
		t.Errorf("%s: %v, want it accepted", r.new, err)
	case r.want == "":
	case err == nil:
		t.Errorf("%s was accepted, want %q", r.new, r.want)
	case !strings.Contains(err.Error(), r.want) || strings.Count(err.Error(), "\n") > 0:
		t.Errorf("%s: got\n%v\nwant one line with\n%s", r.new, err, r.want)
	}
}

// A bound that is ambiguous or impossible is refused, with the right text.
func TestAmbiguousBounds(t *testing.T) {
	const reduction, whole = "reduction: {at_least: 50%}", "metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}"
	claim := func(metric, rest string) string { return "metric: " + metric + ", variant: b, baseline: a, " + rest }
	for _, r := range []refusal{
		{reduction, "reduction: {at_least: 20}", "claims[0].reduction.at_least: 20 is a reduction of 2000%: write 20%"},
		{reduction, "reduction: {at_least: 1}", "1 is a reduction of 100%: write 1%"},
		{reduction, "reduction: {at_least: 120%}", "a reduction of 100% or more is impossible"},
		{reduction, "reduction: {equals: 20}", "claims[0].reduction.equals: 20 is a reduction of 2000%: write 20%"},
		{reduction, "reduction: {at_least: -20%}", "at most 20% more write ratio: {at_most: 1.2}, to claim at least so much more {at_least: 1.2}"},
		{reduction, "reduction: {at_least: -5%, at_most: 5%}", "claims[0].reduction.at_least: a reduction below 0 is growth"},
		{reduction, "reduction: {at_least: 5MB}", "a reduction is a plain number or percentage, such as 60%"},
		{reduction, "reduction: 20%", `claims[0].reduction: "20%" has no direction: write {at_least: 20%} or {at_most: 20%}`},
		{reduction, "reduction: [20%]", "claims[0].reduction: want a mapping of names to values, got a list"},
		{reduction, "reduction: {at_leats: 20%}", "claims[0].reduction.at_leats: unknown field: did you mean at_least?"},
		{reduction, "reduction: {min: 20%}", "claims[0].reduction.min: unknown field: did you mean at_least?"},
		{reduction, "reduction: {at_least: 0.5}", ""},
		{reduction, "reduction: {at_least: 0}", ""},
		{reduction, "reduction: {at_least: 40%, at_most: 60%}", ""},

		{reduction, "ratio: {at_most: 10%}", "10% is ambiguous: write 0.1 for 10% of the baseline, 1.1 for 10% more, 0.9 for 10% less"},
		{reduction, "ratio: {at_most: 7%}", "write 0.07 for 7% of the baseline, 1.07 for 7% more, 0.93 for 7% less"},
		{reduction, "ratio: {at_most: 110%}", "110%: write a ratio as a plain number, 1.1"},
		{reduction, "ratio: {at_least: 90%}", "claims[0].ratio.at_least: 90% is ambiguous"},
		{reduction, "ratio: {at_most: -0.1}", "a ratio is above 0"},
		{reduction, "ratio: {at_most: 0%}", "a ratio is above 0"},
		{reduction, "ratio: {at_most: 5ms}", "a ratio is a plain number"},
		{reduction, "ratio: {at_most: 1.1}", ""},
		{reduction, "ratio: {at_most: 0.1}", ""},

		{whole, claim("errors", "difference: {at_most: 0.1}"), "claims[0].difference.at_most: 0.1 is ambiguous: write 10% or 0.1% of all requests"},
		{whole, claim("errors", "difference: {at_most: 1}"), "1 is ambiguous: write 100% or 1% of all requests"},
		{whole, claim("errors", "difference: {at_least: -0.2}"), "-0.2 is ambiguous: write -20% or -0.2% of all requests"},
		{whole, "metric: errors, variant: b, value: {at_most: 0.5}", "claims[0].value.at_most: 0.5 is ambiguous: write 50% or 0.5%"},
		{whole, "metric: errors, variant: b, value: {equals: 0.5}", "claims[0].value.equals: 0.5 is ambiguous: write 50% or 0.5%"},
		{whole, "metric: errors, variant: b, value: {at_most: 150%}", "150% is more than all requests"},
		{whole, claim("errors", "difference: {at_most: 0.1%}"), ""},
		{whole, claim("errors", "difference: {at_most: -20%}"), ""},
		{whole, claim("errors", "difference: {at_most: 0}"), ""},
		{whole, "metric: errors, variant: b, value: {equals: 0%}", ""},

		{whole, "metric: processes, variant: b, value: {at_most: 5%}", "processes is a count: want a plain number"},
		{whole, "metric: processes, variant: b, value: {at_most: 5}", ""},
		{whole, "metric: latency.p90, variant: b, value: {at_most: 300}", "wrong unit: a value of latency.p90 is in seconds, such as 5ms"},
		{whole, "metric: latency.p90, variant: b, value: {at_most: 0}", ""},
		{whole, "metric: memory.mean, variant: b, value: {at_most: 600Mi}", ""},

		{whole, "metric: memory.growth, variant: b, value: {at_most: 5MB}", ""},
		{whole, "metric: memory.growth, variant: b, value: {at_most: 5}", "a value of memory.growth is in bytes, such as 800MB per 1,000 requests"},
		{whole, "metric: memory.growth, variant: b, steady: 5%, value: {at_most: 5MB}", "claims[0].steady: is for claims on an amount of memory"},
		{whole, "metric: generator.cpu, variant: b, value: {at_most: 5%}", ""},
		{whole, "metric: steal, variant: b, value: {at_most: 0.05}", ""},
		{whole, claim("other_cpu", "difference: {at_most: 5ms}"), "a difference of other_cpu is in processors, such as 5% or 0.05"},
		{whole, claim("memory.mean", "value: {at_most: 0%}"), "claims[0].baseline: a value is of one variant"},
	} {
		r.check(t)
	}
}

// A guessed metric name gets the likely name as a hint, and no further message.
func TestGuessedMetrics(t *testing.T) {
	for _, r := range []refusal{
		{"memory.mean", "memory.max", `claims[0].metric: unknown metric "memory.max": did you mean memory.peak?`},
		{"memory.mean", "rss", "did you mean rss.mean?"},
		{"memory.mean", "memory", "did you mean memory.mean?"},
		{"memory.mean", "memory.maen", "did you mean memory.mean?"},
		{"memory.mean", "p95", "did you mean latency.p95?"},
		{"memory.mean", "latency.99", "did you mean latency.p99?"},
		{"memory.mean", "latency_p99.9", "did you mean latency.p99.9?"},
		{"memory.mean", "error_rate", "did you mean errors?"},
		{"memory.mean", "happiness", `unknown metric "happiness": want one of`},
		{"metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", "metric: p95, variant: b, value: {at_most: 300ms}", "did you mean latency.p95?"},
		{"metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}", "metric: p95, variant: b, baseline: a, ratio: {at_most: 1.1, or_within: 5ms}", "did you mean latency.p95?"},
		{", baseline: a", "", `claims[0].baseline: is missing: want one of ["a" "b"]`},
	} {
		r.check(t)
	}
}

// A replicate without a claim to replicate is refused.
func TestReplicates(t *testing.T) {
	const last = "variant: b, baseline: a, reduction: {at_least: 50%}}\n"
	claim := func(text string) string { return last + "  - {id: again, " + text + "}\n" }
	for _, r := range []refusal{
		{last, claim("replicates: less, metric: memory.mean, variant: a, baseline: b, reduction: {at_least: 10%}"), ""},
		{last, claim("replicates: lses, metric: memory.mean, variant: a, baseline: b, reduction: {at_least: 10%}"), `claims[1].replicates: "lses" is not an earlier claim`},
		{last, claim("replicates: again, metric: memory.mean, variant: a, baseline: b, reduction: {at_least: 10%}"), `claims[1].replicates: "again" is not an earlier claim`},
		{last, claim("replicates: less, metric: memory.peak, variant: a, baseline: b, reduction: {at_least: 10%}"), "claims[1].replicates: less has another metric or comparison"},
		{last, claim("replicates: less, metric: memory.mean, variant: a, baseline: b, ratio: {at_most: 1.1}"), "claims[1].replicates: less has another metric or comparison"},
		{last, claim("replicates: less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 10%}"), "claims[1].replicates: less has the same variants"},
		{last, claim("replicates: less, metric: memory.maen, variant: b, baseline: a, reduction: {at_least: 10%}"), "did you mean memory.mean?"},
	} {
		r.check(t)
	}
}

// A reason needs words that the bound could differ from, and a figure that is set is no
// evidence.
func TestBecauseAndCalibrated(t *testing.T) {
	const claim = "id: less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}\n"
	const set = "id: less, metric: memory.mean, variant: b, value: {at_least: 1GB, at_most: 2GB}"
	again := "id: less, calibrated: so, metric: memory.mean, variant: b, value: {at_most: 1GB}}\n" +
		"  - {id: again, replicates: less, metric: memory.mean, variant: a, value: {at_most: 1GB}}\n"
	for _, r := range []refusal{
		{claim, "because: rounded, statement: half, " + claim, ""},
		{claim, "because: rounded, " + claim, "claims[0].because: says why the bound differs from the statement, and there is none: add statement"},
		{claim, "because: [rounded], statement: half, " + claim, "claims[0].because: want "},
		{claim, "reason: rounded, statement: half, " + claim, "claims[0].reason: unknown field: did you mean because?"},
		{claim, "fixture: so, " + claim, "claims[0].fixture: unknown field: did you mean calibrated?"},
		{claim, "calibrated: the size was set, " + set + "}\n", ""},
		{claim, "calibrated: so, because: five percent, statement: two, " + set + "}\n", ""},
		{claim, "calibrated: so, " + claim, "claims[0].calibrated: a reduction that is set shows no effect of the variant: calibrate the value of one variant"},
		{claim, "calibrated: so, secondary: true, " + set + "}\n", "claims[0].calibrated: does not go with secondary"},
		{claim, "calibrated: true, " + set + "}\n", "claims[0].calibrated: "},
		{claim, again, "claims[1].replicates: less is calibrated, and a figure that is set cannot be confirmed: drop this line"},
		{claim, strings.NewReplacer("calibrated: so, ", "", "replicates: less", "calibrated: so, replicates: less").Replace(again), "claims[1].calibrated: does not go with replicates"},
	} {
		r.check(t)
	}
}

// Mistakes of people who write their first scenario: each is refused, in one line.
func TestFirstScenarioMistakes(t *testing.T) {
	for _, r := range []refusal{
		{"blocks: 6", "blocks: 6.9", `10:9: blocks: "6.9": want a whole number`},
		{"blocks: 6", "blocks: 6\nport: 80.5", `11:7: port: "80.5": want a whole number`},
		{"blocks: 6", "blocks: 6\nport: '80'", `11:7: port: "80" is text: want a whole number, without quotes`},
		{"blocks: 6", "blocks: 6\nport: 8080:80", `11:7: port: "8080:80": want a whole number`},
		{"blocks: 6", "blocks: 6\nports: ['80:80']", "11:1: ports: unknown field: did you mean port?"},
		{"blocks: 6", "blocks: 6\nseed: 1e3", `seed: "1e3": want a whole number from 0: write 1000`},
		{"blocks: 6", "interim_analyses: [6, 9.5]", `interim_analyses[1]: "9.5": want a whole number`},
		{"blocks: 6", "blocks:", "10:8: blocks: has no value"},
		{"blocks: 6", "blocks: 6\n---\nname: other", "11:1: a second document begins here"},
		{"blocks: 6", "blocks: 6\nlimits:\n\tcpus: 2", "12:1: a tab in the indentation: indent with spaces"},
		{"blocks: 6", "blocks: 6\nlimits: {memory: 512M}", "limits.memory: \"512M\" is 512MB to Kubernetes and 512MiB to Docker"},
		{"blocks: 6", "blocks: 6\nlimits: {memory: 512}", "limits.memory: \"512\" has no unit: write 512MiB or 512MB"},
		{"blocks: 6", "blocks: 6\nlimits: {memory: 0B}", "limits.memory: 0.00 B is less than a container can have: want at least 6MiB"},
		{"blocks: 6", "blocks: 6\nlimits: {memory: 512Mi}", ""},
		{"blocks: 6", "blocks: 6\nlimits: {cpus: 1.5}", ""},
		{"blocks: 6", "blocks: 6\nlimits: {cpus: 500m}", ""},
		{"blocks: 6", "blocks: 6\nlimits: {cpus: 0}", "limits.cpus: 0 is out of range: want 0.01 to 1024"},
		{"blocks: 6", "blocks: 6\nlimits: {cpus: 5m}", "limits.cpus: 0.005 is out of range: want 0.01 to 1024"},
		{"blocks: 6", "blocks: 6\nlimits: {cpus: 1025}", "limits.cpus: 1025 is out of range"},
		{"blocks: 6", "blocks: 6\nlimits: {cpus: two}", `limits.cpus: "two": want a number of CPUs`},
		{"blocks: 6", "blocks: 6\nlimits: {cpu: 2}", "limits.cpu: unknown field: did you mean cpus?"},
		{"blocks: 6", "blocks: 6\nenvironment: {A: b}", "environment: unknown field: did you mean env?"},
		{"blocks: 6", "blocks: 6\nenv: [A=b]", "env: want a mapping of names to values, got a list: write each on its own line, without -, as A: value"},
		{"blocks: 6", "blocks: 6\nenv: {A: }", `env.A: has no value: write one, or "" for an empty text`},
		{"blocks: 6", "blocks: 6\nhealthcheck: {path: /}", "healthcheck: unknown field: did you mean ready?"},
		{"blocks: 6", "blocks: 6\nvolumes: [a]", "volumes: unknown field: did you mean files?"},
		{"blocks: 6", "blocks: 6\nready: {within: 0s}", "ready.within: is 0: want above 0"},
		{"build: ./a}", "docker_image: x}", "docker_image: unknown field: did you mean image?"},
		{"build: ./a}", "image: NGINX Latest!}", `variants[0].image: "NGINX Latest!": want the name of an image in lower case`},
		{"build: ./a}", "image: Nginx}", `variants[0].image: "Nginx": want the name of an image in lower case`},
		{"build: ./a}", "image: 'nginx:'}", "want the name of an image"},
		{"build: ./a}", "image: 'https://registry.example/x'}", "want the name of an image"},
		{"build: ./a}", "image: nginx:1.27}", ""},
		{"build: ./a}", "image: registry.example:5000/shop/web_app:1.2}", ""},
		{"build: ./a}", "image: 'localhost/x__y@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}", ""},
		{"build: ./a}", "image: 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}", ""},
		{"build: ./a}", "image: '[::1]:5000/x'}", ""},
		{"build: ./a}", "image: GCR.io/x/y}", ""},
		{"build: ./a}", "image: x, args: -w 4}", `variants[0].args: want a list, got "-w 4": write [-w, 4]`},
		{"build: ./a}", "command: gunicorn app:app}", "variants[0].command: want a list, got \"gunicorn app:app\": write [gunicorn, app:app]"},
		{"for: 1s", "duration: 1s", "unknown field: did you mean for?"},
		{"for: 1s", "for: 1000000h", "load.phases[0].for: 1000000h0m0s is out of range: want at most 104 days"},
		{"rate: 10/s", "rate: 100000000/s", "load.phases[0].rate: 100000000/s is out of range: want at most 1000000/s"},
		{"rate: 10/s", "rate: 50rps", "8:26: load.phases[0].rate: \"50rps\": want a rate"},
		{"target: {path: /}", "target: {path: /}\n  idle: 0s", "load.idle: is 0: want above 0"},
		{"target: {path: /}", "target: {path: /, timeout: 0s}", "load.target.timeout: is 0"},
		{"target: {path: /}", "target: {path: /}\n  max_errors: 0.1", `load.max_errors: "0.1" is ambiguous: write 10% or 0.1%`},
		{"variants:", "varients:", "2:1: varients: unknown field: did you mean variants?"},
		{"load:", "laod:", "5:1: laod: unknown field: did you mean load?"},
		{"phases:", "phasse:", "phasse: unknown field: did you mean phases?"},
		{"path: /", "path: &x /", "load.target.path: anchors and aliases are not supported: write the value out"},
		{"target: {path: /}", "target: {<<: {path: /}, path: /}", "load.target: merge keys (<<) are not supported"},
	} {
		r.check(t)
	}
}

// A file of another kind is recognised and named.
func TestFilesOfOtherKinds(t *testing.T) {
	for text, want := range map[string]string{
		"services:\n  web:\n    image: nginx\nvolumes: {}\n": "o.yaml:1:1: this is a compose file, not a scenario: run memproof init IMAGE",
		"- a\n- b\n":    "o.yaml:1:1: want a mapping of names to values, got a list",
		"just words\n":  `o.yaml:1:1: want a mapping of names to values, got "just words"`,
		"":              "o.yaml:1:1: the file is empty",
		"# nothing\n":   "o.yaml:1:1: the file is empty",
		"\x7fELF\x02":   "o.yaml:1:1: control character 0x7f: want a text file",
		"name: caf\xe9": "o.yaml:1:10: byte 0xe9 is not UTF-8",
	} {
		_, err := scenario.ParseScenario("o.yaml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want one line: %s", text, err, want)
		}
	}
}

// Every committed scenario can be read, old runs' too.
func TestCommittedScenariosAreValid(t *testing.T) {
	n := 0
	for _, dir := range []string{"../../scenarios", "../../reports", "../testdata"} {
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && e.IsDir() && e.Name() == "base" {
				return filepath.SkipDir // TestShippedBases reads them
			}
			if err != nil || filepath.Ext(path) != ".yaml" {
				return err
			}
			n++
			in := scenario.Inputs{Dir: filepath.Dir(path)}
			if filepath.Base(path) == "scenario.yaml" {
				in = scenario.RunInputs(filepath.Dir(path))
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if _, err := in.ParseScenario(path, text); err != nil {
				t.Error(err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 15 {
		t.Errorf("found only %d scenarios", n)
	}
}

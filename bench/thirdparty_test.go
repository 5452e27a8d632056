package bench_test

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/lab"
)

// TestThirdParty measures a program that nobody here wrote, on each engine. What
// is known of it without measuring is how many processes it has; and that what six
// more of them cost is six times what one has of its own.
func TestThirdParty(t *testing.T) {
	for _, kind := range []engine.Kind{engine.Docker, engine.Host} {
		t.Run(string(kind), func(t *testing.T) {
			if _, _, err := engine.Choose(t.Context(), kind); err != nil {
				if kind == engine.Host || os.Getenv("MEMPROOF_REQUIRE_DOCKER") != "" {
					t.Fatal(err)
				}
				t.Skipf("this machine has no such engine: %v", err)
			}
			if _, err := exec.LookPath("nginx"); err != nil && kind == engine.Host && os.Getenv("CI") == "" {
				t.Skip("nginx is not installed: apt-get install nginx-light")
			}
			if image := nginx(t, kind); image != "" {
				t.Run("README", func(t *testing.T) { measureByReadme(t, image) })
			}
		})
	}
}

// nginx returns the id of the image that it ran, if it did.
func nginx(t *testing.T, kind engine.Kind) (image string) {
	var out bytes.Buffer
	dir := filepath.Join(t.TempDir(), "run")
	v, err := lab.Run(t.Context(), lab.Options{
		Scenario: filepath.Join("testdata", "thirdparty", "nginx.yaml"), Engine: kind, Dir: dir, Out: &out,
	})
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != bench.Recorded {
		t.Fatalf("the outcome is %s: %q", v.Outcome, v.Reasons)
	}
	mean := func(variant string, m bench.Metric) float64 {
		s, ok := v.Summary(variant, m)
		if !ok {
			t.Fatalf("%s of %s was not measured", m, variant)
		}
		return s.Mean
	}
	for variant, want := range map[string]float64{"two": 3, "eight": 9} {
		if got := mean(variant, bench.Processes); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s has %v processes, want the master and its workers, %v", variant, got, want)
		}
		if got := mean(variant, bench.Errors); got != 0 {
			t.Errorf("%v of the requests to %s failed", got, variant)
		}
	}
	// Anonymous memory that all of them share weighs the same in both sums of PSS,
	// so the rest is the workers' own. Pages of libraries do not: on a host other
	// programs map them too, and nine processes have a larger part in them than three.
	more, each := mean("eight", bench.PSSAnon)-mean("two", bench.PSSAnon), mean("eight", bench.WorkerUSS)
	if math.Abs(more-6*each) > 0.15*6*each {
		t.Errorf("six more workers have %.0f bytes of anonymous PSS more, and one has %.0f of its own", more, each)
	}
	if kind == engine.Docker { // the kernel's account has their page tables and stacks besides
		charged := mean("eight", bench.MemoryMean) - mean("two", bench.MemoryMean)
		if charged < more {
			t.Errorf("the container is charged %.0f bytes more for six more workers, less than their PSS, %.0f", charged, more)
		}
	}
	run, err := bench.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run.Meta.Machine["image.variant.two"]
}

// measureByReadme does what the README's section "Measure your own service" says,
// with the image that it speaks of. Its windows are shorter, and the rest of the
// machine may do more.
func measureByReadme(t *testing.T, image string) {
	docker(t, "tag", image, "my-nginx")
	t.Cleanup(func() { docker(t, "rmi", "my-nginx") })
	section := readmeSection(t, "## Measure your own service")
	initArgs := regexp.MustCompile(`(?m)^    memproof (init .*)$`).FindStringSubmatch(section)
	edits := regexp.MustCompile(`(?m)^-(.*)\n\+(.*)$`).FindAllStringSubmatch(section, -1)
	if initArgs == nil || len(edits) != 2 {
		t.Fatalf("the section has no command, or %d edits:\n%s", len(edits), section)
	}
	scenario := filepath.Join(t.TempDir(), "scenario.yaml")
	args := strings.Replace(initArgs[1], "scenarios/my-nginx.yaml", scenario+" -window 2s", 1)
	out, err := exec.Command("go", append([]string{"run", "./cmd/memproof"}, strings.Fields(args)...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	edit(t, scenario, append(edits, []string{"", "noise: {foreign_cpu: 25%, pressure: 15%, overshoot: 2ms}",
		"noise: {foreign_cpu: 1000%, pressure: 100%, overshoot: 100ms, look: 200ms, foreign_cpu_during: 1000%}"}, []string{"", "max_lag: 50ms", "max_lag: 1s"}))
	var words bytes.Buffer
	v, err := lab.Run(t.Context(), lab.Options{Scenario: scenario, Engine: engine.Docker, Dir: filepath.Join(t.TempDir(), "run"), Out: &words})
	t.Log("\n" + words.String())
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != bench.Proven {
		t.Errorf("the verdict is %s, want PROVEN: %q", v.Outcome, v.Reasons)
	}
}

func readmeSection(t *testing.T, title string) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n"+title+"\n")
	if !ok {
		t.Fatalf("the README has no section %q", title)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// edit replaces each [_, old, new] in a file, once.
func edit(t *testing.T, path string, edits [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		if !strings.Contains(string(text), e[1]) {
			t.Fatalf("%s does not hold %q:\n%s", path, e[1], text)
		}
		text = []byte(strings.Replace(string(text), e[1], e[2], 1))
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

package bench_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// TestThirdParty measures programs that nobody here wrote, on each engine. What is
// known of them without measuring is how many processes they have, and what that
// many more of the same must cost. Nothing is asked of time, so the engines may
// work beside each other.
func TestThirdParty(t *testing.T) {
	long(t)
	for _, kind := range []engine.Name{engine.Docker, engine.Host} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			needsEngine(t, kind)
			t.Run("nginx", func(t *testing.T) {
				needs(t, kind, "nginx", "nginx-light")
				if image := nginx(t, kind); image != "" {
					t.Run("README", func(t *testing.T) { measureByReadme(t, image) })
				}
			})
			t.Run("postgres", func(t *testing.T) { postgres(t, kind) })
			t.Run("redis", func(t *testing.T) {
				needs(t, kind, "redis-server", "redis-server")
				redis(t, kind)
			})
		})
	}
}

// needs skips a test of a program that the host doesn't have.
func needs(t *testing.T, kind engine.Name, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil && kind == engine.Host {
		lacks(t, program, fmt.Sprintf("%s is not installed (Debian: apt-get install %s)", program, debian))
	}
}

// foreignRun is a run of a scenario of testdata/thirdparty.
type foreignRun struct {
	*verdict.Verdict
	t   *testing.T
	dir string
}

func measureForeign(t *testing.T, kind engine.Name, scenario string) foreignRun {
	t.Helper()
	var out bytes.Buffer
	dir := filepath.Join(t.TempDir(), "run")
	v, err := bench.Run(t.Context(), bench.Options{
		Scenario: filepath.Join("testdata", "thirdparty", scenario), Engine: kind, Dir: dir, Out: &out,
	})
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != verdict.NothingClaimed {
		t.Fatalf("the outcome is %s: %q", v.Outcome, v.Reasons)
	}
	return foreignRun{v, t, dir}
}

// mean is the figure of a variant, over the blocks.
func (f foreignRun) mean(variant string, m metric.Name) float64 {
	f.t.Helper()
	s, ok := f.Summary(variant, m)
	if !ok {
		f.t.Fatalf("%s of %s was not measured", m, variant)
	}
	return s.Mean
}

// more is by how much the figure of one variant is above that of another.
func (f foreignRun) more(of, than string, m metric.Name) float64 {
	f.t.Helper()
	return f.mean(of, m) - f.mean(than, m)
}

// postgres has a process for each connection.
func postgres(t *testing.T, kind engine.Name) {
	f := measureForeign(t, kind, "postgres.yaml")
	if more := f.more("hundred", "ten", metric.Processes); math.Abs(more-90) > 0.5 {
		t.Errorf("90 more connections are %v more processes", more)
	}
	// Most of the children are backends, and the others' memory is of the same kind.
	more, each := f.more("hundred", "ten", metric.PSSAnon), f.mean("hundred", metric.WorkerUSS)
	if math.Abs(more-90*each) > 0.15*90*each {
		t.Errorf("90 more connections have %.0f bytes of anonymous PSS more, and one has %.0f of its own", more, each)
	}
	if kind == engine.Docker {
		f.chargedAtLeast("hundred", "ten", more)
	}
}

// redis keeps each value of 1,000 bytes in 1,024, and its key, its two objects and
// its places in the table in 100 or less.
func redis(t *testing.T, kind engine.Name) {
	f := measureForeign(t, kind, "redis.yaml")
	const values, least, most = 100_000, 1000, 1150
	metrics := []metric.Name{metric.PSSMean}
	if kind == engine.Docker {
		metrics = append(metrics, metric.MemoryMean, metric.WorkingSetMean)
	}
	for _, m := range metrics {
		if more := f.more("filled", "empty", m); more < values*least || more > values*most {
			t.Errorf("%s: 100,000 values of 1,000 bytes take %.0f bytes more", m, more)
		}
	}
}

// chargedAtLeast holds the kernel's account of a container, which has the page
// tables and stacks besides, to what its processes have more.
func (f foreignRun) chargedAtLeast(of, than string, bytes float64) {
	f.t.Helper()
	if charged := f.more(of, than, metric.MemoryMean); charged < bytes {
		f.t.Errorf("the container is charged %.0f bytes more for %s, less than its processes have, %.0f", charged, of, bytes)
	}
}

// nginx returns the id of the image that it ran, if it did.
func nginx(t *testing.T, kind engine.Name) (image string) {
	f := measureForeign(t, kind, "nginx.yaml")
	for variant, want := range map[string]float64{"two": 3, "eight": 9} {
		if got := f.mean(variant, metric.Processes); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s has %v processes, want the master and its workers, %v", variant, got, want)
		}
		if got := f.mean(variant, metric.Errors); got != 0 {
			t.Errorf("%v of the requests to %s failed", got, variant)
		}
	}
	// Anonymous memory that all of them share weighs the same in both sums of PSS,
	// so the rest is the workers' own. Pages of libraries do not: on a host other
	// programs map them too, and nine processes have a larger part in them than three.
	more, each := f.more("eight", "two", metric.PSSAnon), f.mean("eight", metric.WorkerUSS)
	if math.Abs(more-6*each) > 0.15*6*each {
		t.Errorf("six more workers have %.0f bytes of anonymous PSS more, and one has %.0f of its own", more, each)
	}
	if kind == engine.Docker {
		f.chargedAtLeast("eight", "two", more)
	}
	run, err := record.OpenRun(f.dir)
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
	edit(t, scenario, append(edits, []string{"", "noise: {other_cpu: 25%, cpu_psi: 15%, wakeup_latency: 2ms}",
		"noise: {other_cpu: 1000%, cpu_psi: 100%, wakeup_latency: 100ms, reading: 200ms, other_cpu_during: 1000%}"}, []string{"", "max_lag: 50ms", "max_lag: 1s"}))
	var words bytes.Buffer
	v, err := bench.Run(t.Context(), bench.Options{Scenario: scenario, Engine: engine.Docker, Dir: filepath.Join(t.TempDir(), "run"), Out: &words})
	t.Log("\n" + words.String())
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != verdict.Proven {
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

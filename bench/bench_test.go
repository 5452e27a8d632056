package bench_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

var (
	scenarioPath = flag.String("scenario", "scenarios/smoke.yaml", "`file` of the scenario that TestEndToEnd runs on each engine of the machine, from the module's root")
	engines      = flag.String("engines", "all", "which of the machine's engines TestEndToEnd runs on: the `first`, which is Docker where it answers and else the host, the others, or all")
	keepIn       = flag.String("keep", "", "`directory` to leave its runs in, with report, junit.xml and bench.txt, from the module's root; by default they go with the test")
)

// fromRoot is a path that is relative to the module's root, as a person who calls
// go test ./bench sees it.
func fromRoot(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join("..", path)
}

func TestMain(m *testing.M) {
	bench.Main()
	flag.Parse()
	os.Exit(m.Run())
}

// TestEndToEnd runs a scenario for real on each engine that the machine has,
// and fails if its claims are not proven.
func TestEndToEnd(t *testing.T) {
	chosen, known := splitEngines(first(t))[*engines]
	if !known {
		t.Fatalf("-engines %s: want first, others or all", *engines)
	}
	ran := 0
	for _, kind := range chosen {
		t.Run(string(kind), func(t *testing.T) {
			needsEngine(t, kind)
			ran++
			endToEnd(t, kind)
		})
	}
	if ran == 0 && *engines != "others" {
		t.Error("this machine has neither Docker nor a Postgres for the host engine: nothing was run")
	}
}

// first is the engine that a run takes where none is named. Where the machine has
// none it is the host's, whose test says what is missing.
func first(t *testing.T) engine.Name {
	t.Helper()
	kind, _, err := engine.Choose(t.Context(), engine.Auto, nil)
	if err != nil {
		return engine.Host
	}
	return kind
}

// splitEngines says which engines each value of -engines is.
func splitEngines(first engine.Name) map[string][]engine.Name {
	all := []engine.Name{engine.Docker, engine.Host}
	return map[string][]engine.Name{
		"all": all, "first": {first},
		"others": slices.DeleteFunc(slices.Clone(all), func(k engine.Name) bool { return k == first }),
	}
}

// TestSplitEngines: what the first engine's run leaves out is what the others are.
func TestSplitEngines(t *testing.T) {
	for _, first := range []engine.Name{engine.Docker, engine.Host} {
		sets := splitEngines(first)
		both := slices.Sorted(slices.Values(slices.Concat(sets["first"], sets["others"])))
		if all := slices.Sorted(slices.Values(sets["all"])); !slices.Equal(both, all) || len(sets["first"]) != 1 {
			t.Errorf("with %s first: %v", first, sets)
		}
	}
}

// needsEngine skips a test that wants an engine which this machine doesn't have.
func needsEngine(t *testing.T, kind engine.Name) {
	t.Helper()
	if _, _, err := engine.Choose(t.Context(), kind, nil); err != nil {
		lacks(t, string(kind), fmt.Sprintf("no engine %s: %v", kind, err))
	}
}

// lacks skips a test for want of a thing, and says how to get it. A pipeline sets
// MEMPROOF_REQUIRE to the things that it must have, such as "docker host nginx";
// for want of one of those the test fails.
func lacks(t *testing.T, thing, remedy string) {
	t.Helper()
	if slices.Contains(strings.Fields(os.Getenv("MEMPROOF_REQUIRE")), thing) {
		t.Fatal(remedy)
	}
	t.Skip(remedy)
}

// long leaves a test that takes minutes to make test-all.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes minutes: make test-all runs it, or go test without -short")
	}
}

func endToEnd(t *testing.T, kind engine.Name) {
	dir := filepath.Join(t.TempDir(), "run")
	if *keepIn != "" {
		dir = filepath.Join(fromRoot(*keepIn), string(kind))
	}
	var out bytes.Buffer
	v, err := bench.Run(t.Context(), bench.Options{Scenario: fromRoot(*scenarioPath), Engine: kind, Dir: dir, Out: &out})
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != verdict.Proven {
		t.Errorf("the verdict is %s, want PROVEN: %q", v.Outcome, v.Reasons)
	}
	run, err := record.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(out.String(), "\n"); !strings.HasPrefix(first, "engine "+string(kind)) {
		t.Errorf("the first line does not name the engine: %q", first)
	}
	pictures := []string{"memory.png", "processes.png", "effect.png"}
	if _, ok := v.Summary(run.Scenario.Variants[0].Name, "latency.p50"); ok { // a noisy machine spoils the times
		pictures = append(pictures, "latency.png")
	}
	for _, name := range append(pictures, "report.md", "verdict.json") {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing or empty: %v", name, err)
		}
	}
	if left := leftovers(t, kind); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	noteEngine(t, fmt.Sprintf("end-to-end on %s: verdict %s\n", kind, v.Outcome))
}

// leftovers lists what runs of this process have left on the engine. Other runs
// on this machine and daemon have theirs meanwhile.
func leftovers(t *testing.T, kind engine.Name) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), "memproof-*"))
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(folders, processesIn("/memproof-"))
	if kind == engine.Docker {
		const session = `{{.Label "io.memproof.session"}}`
		all = slices.Concat(all, docker(t, "ps", "-a", "--format", session+"/{{.Names}}"), docker(t, "network", "ls", "--format", session+"/{{.Name}}"))
	}
	return slices.DeleteFunc(all, func(thing string) bool { return !ofThisProcess(thing) })
}

// ofThisProcess says whether a name holds the id of a session of this process:
// three hashes, the process's id, its start and a random part.
func ofThisProcess(thing string) bool {
	id := regexp.MustCompile(`[0-9a-f]{6}-[0-9a-f]{6}-[0-9a-f]{6}-([0-9a-z]+)-[0-9a-z]+-[0-9a-f]{6}`).FindStringSubmatch(thing)
	return id != nil && id[1] == strconv.FormatInt(int64(os.Getpid()), 36)
}

// TestLeftoversAreSeen: the folder and the network of a session of this process,
// and nothing of another's.
func TestLeftoversAreSeen(t *testing.T) {
	mine, other := strconv.FormatInt(int64(os.Getpid()), 36), strconv.FormatInt(int64(os.Getppid()), 36)
	for pid, want := range map[string]bool{mine: true, other: false} {
		folder := filepath.Join(os.TempDir(), "memproof-ffffff-ffffff-ffffff-"+pid+"-cqtj-6f0c93")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(leftovers(t, engine.Host), folder); got != want {
			t.Errorf("%s is listed: %t, want %t", folder, got, want)
		}
		if err := os.Remove(folder); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := engine.Choose(t.Context(), engine.Docker, nil); err != nil {
		t.Skipf("no engine docker: %v", err)
	}
	name := "memproof-test-" + mine
	docker(t, "network", "create", "--label", "io.memproof.session=ffffff-ffffff-ffffff-"+mine+"-cqtj-6f0c93", name)
	got := leftovers(t, engine.Docker)
	docker(t, "network", "rm", name)
	if len(got) != 1 || !strings.HasSuffix(got[0], "/"+name) {
		t.Errorf("with a network of this process's session: %q", got)
	}
}

// processesIn lists the processes whose executable lies below a folder of that
// name. One that ends meanwhile, or is somebody else's, is not listed.
func processesIn(folder string) (found []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/exe") // the pattern is well-formed
	for _, l := range links {
		if exe, err := os.Readlink(l); err == nil && strings.Contains(exe, folder) {
			found = append(found, exe)
		}
	}
	return found
}

// docker is the lines that the command prints.
func docker(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("docker", args...).Output()
	if err != nil {
		t.Fatalf("docker %v: %v", args, err)
	}
	return strings.Fields(string(out))
}

// noteEngine tells a pipeline which engines were really used: the go command hides
// what a passing test prints.
func noteEngine(t *testing.T, line string) {
	t.Helper()
	path := os.Getenv("MEMPROOF_E2E_RECORD")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(line); err != nil {
		t.Fatal(err)
	}
}

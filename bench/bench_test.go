package bench_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/lab"
)

var (
	scenarioPath = flag.String("scenario", "scenarios/smoke.yaml", "`file` of the scenario that TestEndToEnd runs on each engine of the machine, from the module's root")
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
	engine.WatchdogMain()
	flag.Parse()
	os.Exit(m.Run())
}

// TestEndToEnd runs a scenario for real on each engine that the machine has,
// and fails if its claims are not proven.
func TestEndToEnd(t *testing.T) {
	ran := 0
	for _, kind := range []engine.Kind{engine.Docker, engine.Host} {
		t.Run(string(kind), func(t *testing.T) {
			if _, _, err := engine.Choose(t.Context(), kind, nil); err != nil {
				if kind == engine.Docker && os.Getenv("MEMPROOF_REQUIRE_DOCKER") != "" {
					t.Fatal(err)
				}
				t.Skipf("this machine has no such engine: %v", err)
			}
			ran++
			endToEnd(t, kind)
		})
	}
	if ran == 0 {
		t.Error("this machine has neither Docker nor a Postgres for the host engine: nothing was run")
	}
}

func endToEnd(t *testing.T, kind engine.Kind) {
	before := leftovers(t, kind)
	dir := filepath.Join(t.TempDir(), "run")
	if *keepIn != "" {
		dir = filepath.Join(fromRoot(*keepIn), string(kind))
	}
	var out bytes.Buffer
	v, err := lab.Run(t.Context(), lab.Options{Scenario: fromRoot(*scenarioPath), Engine: kind, Dir: dir, Out: &out})
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != bench.Proven {
		t.Errorf("the verdict is %s, want PROVEN: %q", v.Outcome, v.Reasons)
	}
	if first, _, _ := strings.Cut(out.String(), "\n"); !strings.HasPrefix(first, "engine "+string(kind)) {
		t.Errorf("the first line does not name the engine: %q", first)
	}
	for _, name := range []string{"report.md", "verdict.json", "memory.png", "processes.png", "latency.png", "effect.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing or empty: %v", name, err)
		}
	}
	// What was there before may be gone: a run removes what an interrupted one left.
	left := slices.DeleteFunc(leftovers(t, kind), func(thing string) bool { return slices.Contains(before, thing) })
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	record(t, fmt.Sprintf("end-to-end on %s: verdict %s\n", kind, v.Outcome))
}

// leftovers lists what a run on the engine could leave.
func leftovers(t *testing.T, kind engine.Kind) []string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), "memproof-*"))
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(folders, processesIn("/memproof-"))
	if kind == engine.Docker {
		all = slices.Concat(all, docker(t, "ps", "-a", "--format", "{{.Names}}"), docker(t, "network", "ls", "--format", "{{.Name}}"))
	}
	return all
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

// record tells a pipeline which engines were really used: the go command hides
// what a passing test prints.
func record(t *testing.T, line string) {
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

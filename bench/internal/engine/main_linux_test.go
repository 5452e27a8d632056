package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/scenario"
)

// harnessEnv makes the test binary a harness that a test kills.
const harnessEnv = "ENGINE_TEST_HARNESS"

func TestMain(m *testing.M) {
	WatchdogMain()
	// What companies set for their tests: no image of a run is found below it.
	if err := os.Setenv("TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX", "registry.invalid/mirror"); err != nil {
		panic(err)
	}
	if kind := os.Getenv(harnessEnv); kind != "" {
		if err := harness(Name(kind), os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// harness opens a session, starts a variant, prints the session's id and waits
// to be killed.
func harness(kind Name, out io.Writer) error {
	dir, err := os.MkdirTemp("", "engine-test-")
	if err != nil {
		return err
	}
	s, err := Open(context.Background(), kind, scenarioOf("good"), Options{Root: root, Dir: dir})
	if err != nil {
		return err
	}
	if _, err := s.Start(context.Background(), plan(s, "good", dir)); err != nil {
		return err
	}
	fmt.Fprintln(out, s.id, dir)
	select {}
}

// root is the directory of go.mod.
var root = filepath.Join("..", "..", "..")

const programs = "./bench/testdata/engine/"

func testProgram(name string) scenario.Build { return scenario.Build{Package: programs + name} }

// scenarioOf has variants that differ in MODE, which is their name.
func scenarioOf(modes ...string) *scenario.Scenario {
	sc := &scenario.Scenario{
		Env: map[string]string{
			"BIND": "0.0.0.0:${port}", "DATABASE_URL": "${database.url}", "CPUS": "${cpus}",
			"UPSTREAM": "${upstream.url}", "CA": "${upstream.ca}",
		},
		Port: 8000, Ready: scenario.Ready{Path: "/ready", Within: 20 * time.Second}, Stop: scenario.Stop{Grace: 45 * time.Second}, InfoPath: "/describe",
		Limits: scenario.Limits{CPUs: 0.9, Memory: 256 << 20, CPUSet: "0"},
		Database: scenario.Database{
			Seed:      scenario.Program{Build: testProgram("seeder"), Args: []string{"3"}},
			RowsQuery: "SELECT count(*) FROM ledger",
			Settings:  map[string]string{"shared_buffers": "16MB"},
		},
		Upstream: scenario.Upstream{Build: testProgram("upstream")},
	}
	for _, mode := range modes {
		sc.Variants = append(sc.Variants, scenario.Variant{
			Name: mode, Build: testProgram("service"), Env: map[string]string{"MODE": mode, "WORD": "the word"},
		})
	}
	return sc
}

func plan(s *Session, variant, dir string) experiment.TrialPlan {
	v, ok := s.scenario.Variant(variant)
	if !ok {
		panic("no variant " + variant)
	}
	return experiment.TrialPlan{Block: 1, Position: 1, Arm: s.scenario.Arm(v), Dir: dir}
}

// long leaves a test that takes minutes to make test-all.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts an engine: make test-all runs it, or go test without -short")
	}
}

// onEach runs a test on each engine of the machine, side by side.
func onEach(t *testing.T, test func(t *testing.T, kind Name)) {
	t.Helper()
	long(t)
	for _, kind := range []Name{Docker, Host} {
		t.Run(string(kind), func(t *testing.T) {
			needs(t, kind)
			t.Parallel()
			test(t, kind)
		})
	}
}

// needs skips a test of an engine that the machine doesn't have.
func needs(t *testing.T, kind Name) {
	t.Helper()
	if _, _, err := Choose(t.Context(), kind, nil); err != nil {
		missing(t, kind, err)
	}
}

// missing skips a test for want of an engine, unless a pipeline must have it: see
// MEMPROOF_REQUIRE in package bench's tests.
func missing(t *testing.T, kind Name, err error) {
	t.Helper()
	if slices.Contains(strings.Fields(os.Getenv("MEMPROOF_REQUIRE")), string(kind)) {
		t.Fatal(err)
	}
	t.Skipf("no engine %s: %v", kind, err)
}

// open opens a session that ends with the test, which fails where something is
// left.
func open(t *testing.T, kind Name, sc *scenario.Scenario) *Session {
	t.Helper()
	s, err := Open(t.Context(), kind, sc, Options{Root: root, Dir: t.TempDir(), Log: func(line string) { t.Log(line) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 2 {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if left := remains(t, s.left); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
	return s
}

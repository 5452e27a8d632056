package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

func TestMain(m *testing.M) {
	engine.WatchdogMain()
	testscript.Main(m, map[string]func(){"memproof": func() { os.Exit(mainStatus()) }, "interrupted-twice": interruptedTwice})
}

// TestScripts runs the command as a person would; see testdata.
func TestScripts(t *testing.T) {
	reference, err := filepath.Abs("../../../reports/reference")
	if err != nil {
		t.Fatal(err)
	}
	failed, studies := failedRun(t), t.TempDir()
	for runs := 1; runs <= 3; runs++ {
		studyOf(t, filepath.Join(studies, fmt.Sprintf("of-%d", runs)), runs)
	}
	goEnv := goCaches(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("REFERENCE", reference) // a run that is over
			e.Setenv("FAILED", failed)
			e.Setenv("STUDIES", studies)
			e.Setenv("ROOT", filepath.Dir(filepath.Dir(reference)))
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, ".cache"))
			for name, value := range goEnv {
				e.Setenv(name, value)
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "host" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			_, _, err := engine.Choose(t.Context(), engine.Host, new(scenario.Scenario))
			return err == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status},
	})
}

// goCaches are the caches of the go command, which a script's home does not have.
func goCaches(t *testing.T) map[string]string {
	t.Helper()
	text, err := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	var caches map[string]string
	if err := json.Unmarshal(text, &caches); err != nil {
		t.Fatal(err)
	}
	return caches
}

// failedRun is the directory of a run in which the service b ended by itself.
func failedRun(t *testing.T) string {
	t.Helper()
	run, f := fakerig.Create(t), fakerig.New()
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
		if p.Arm.Name == "b" {
			fakerig.Exits(s, record.Exit{Code: 7, Unasked: true, LastLines: "no such table"})
		}
	}
	fakerig.Execute(t, run, f)
	return run.Dir
}

// studyOf makes a study of so many runs, in which b takes 60% less, and one more that was
// interrupted.
func studyOf(t *testing.T, dir string, runs int) {
	t.Helper()
	sc, err := scenario.ParseScenario("s.yaml", []byte(fakerig.Text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := record.BeginStudy(dir, "", record.StudyMeta{Seed: sc.Seed, Measured: record.Measured(sc)})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= runs+1; n++ {
		start, err := s.StartRun("")
		if err != nil {
			t.Fatal(err)
		}
		run, err := record.CreateRun(s.RunDir(n), sc.Copy(), record.Meta{Run: n, Seed: start.Seed, Start: start.Line})
		if err != nil {
			t.Fatal(err)
		}
		if n > runs {
			return
		}
		v := fakerig.Execute(t, run, scattering(n))
		if err := errors.Join(v.Write(run.Dir), s.EndRun(n, string(v.Outcome))); err != nil {
			t.Fatal(err)
		}
	}
}

// scattering is a machine on which trials differ by some 0.1%, and runs too.
func scattering(run int) *fakerig.Rig {
	f, i := fakerig.New(), 0
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		i++
		if p.Arm.Name == "b" {
			x *= 1 + 0.002*float64(run)
		}
		return x * (1 + 0.0005*float64(i*7%5-2))
	}
	return f
}

// status N COMMAND... runs a command and wants that exit status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v exited with status %d, want %d", args[1:], got, want)
	}
}

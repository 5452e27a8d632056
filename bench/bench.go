package bench

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/runner"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// Options say what to run and where to leave it.
type Options = runner.Options

// Main must be the first call of a program, or of a package's TestMain, that calls
// [Run] or [Gate]. Both start a copy of the running program, which removes what a run
// leaves if the program is killed; in that copy Main does not return.
func Main() { engine.WatchdogMain() }

// Run measures the scenario, judges the run and writes its report. The error says why
// nothing could be measured, or why the run ended early. A service that failed under
// load, and a measurement that broke, have verdicts: FAILED and INVALID. When ctx ends,
// finished trials stay on disk.
func Run(ctx context.Context, o Options) (*verdict.Verdict, error) { return runner.Run(ctx, o) }

// Judge answers the claims of a run directory from its raw data. It writes nothing.
func Judge(dir string) (*verdict.Verdict, error) {
	run, err := record.OpenRun(dir)
	if err != nil {
		return nil, err
	}
	return verdict.Judge(run)
}

// Gate runs the scenario of the file on the first engine of this machine and fails the
// test unless all its claims are proven. It leaves its run in a folder of the test.
func Gate(t testing.TB, file string) *verdict.Verdict {
	t.Helper()
	var out bytes.Buffer
	v, err := Run(t.Context(), Options{Scenario: file, Engine: engine.Auto, Dir: filepath.Join(t.TempDir(), "run"), Out: &out})
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != verdict.Proven {
		t.Error(describeUnproven(file, v))
	}
	return v
}

var outcomeMeanings = map[verdict.Outcome]string{
	verdict.Refuted:        "a claim does not hold",
	verdict.Inconclusive:   "more blocks are needed",
	verdict.NothingClaimed: "the scenario claims nothing",
	verdict.Failed:         "the service failed",
	verdict.Invalid:        "the measurement broke",
}

func describeUnproven(file string, v *verdict.Verdict) string {
	return fmt.Sprintf("%s: the verdict is %s, want %s: %s: %q",
		file, v.Outcome, verdict.Proven, outcomeMeanings[v.Outcome], v.Reasons)
}

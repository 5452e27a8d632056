package report

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
	"golang.org/x/perf/benchfmt"
)

// TestJUnit: a proven claim passes, any other fails, and what broke is an error.
func TestJUnit(t *testing.T) {
	t.Parallel()
	run := guideLike().write(t, t.TempDir())
	v := judged(t, run)
	check(t, Write(run, v))
	suite := readJUnit(t, run.Dir)
	if suite.Name != "guide" || suite.Tests != len(v.Claims)+len(v.Controls) || suite.Failures != 2 || suite.Errors != 0 {
		t.Errorf("suite %+v", suite)
	}
	refuted := suite.Cases[0]
	if refuted.Name != "Memory falls by 60%" || refuted.Failure == nil || refuted.Failure.Type != "REFUTED" || !strings.Contains(refuted.Failure.Message, "claimed at least 60.0%") {
		t.Errorf("case %+v", refuted)
	}
	if proven := suite.Cases[1]; proven.Failure != nil || proven.Error != nil {
		t.Errorf("case %+v", proven)
	}
}

func TestJUnitOfAnInvalidRun(t *testing.T) {
	t.Parallel()
	s := small()
	s.broken = map[int]string{1: "the ledger grew by 2997 rows"}
	run := s.write(t, t.TempDir())
	v := judged(t, run)
	check(t, Write(run, v))
	suite := readJUnit(t, run.Dir)
	if v.Outcome != verdict.Invalid || suite.Errors == 0 || suite.Cases[0].Error == nil {
		t.Errorf("%s, suite %+v", v.Outcome, suite)
	}
	last := suite.Cases[len(suite.Cases)-1]
	if last.Error == nil || !strings.Contains(last.Error.Message, "2997 rows") {
		t.Errorf("the last case does not say what broke: %+v", last)
	}
	if _, err := os.Stat(filepath.Join(run.Dir, benchFile)); !os.IsNotExist(err) {
		t.Errorf("an invalid run has figures for benchstat: %v", err)
	}
}

// TestJUnitOfAFailedRun: what the service did is a failure, not an error that a
// pipeline may run again.
func TestJUnitOfAFailedRun(t *testing.T) {
	t.Parallel()
	s := small()
	s.failed = map[int]string{1: "the kernel killed it"}
	run := s.write(t, t.TempDir())
	v := judged(t, run)
	check(t, Write(run, v))
	suite := readJUnit(t, run.Dir)
	if v.Outcome != verdict.Failed || suite.Errors != 0 || suite.Failures != len(v.Claims)+len(v.Reasons) {
		t.Errorf("%s, suite %+v", v.Outcome, suite)
	}
	for _, c := range suite.Cases {
		if c.Failure != nil && (c.Failure.Type != string(verdict.Failed) || !strings.Contains(c.Failure.Message, "the kernel killed it")) {
			t.Errorf("the failure does not say what the service did: %+v", c.Failure)
		}
	}
}

func readJUnit(t *testing.T, dir string) (suite junitSuite) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, junitFile))
	check(t, err)
	check(t, xml.Unmarshal(text, &suite))
	return suite
}

// TestBenchFile: benchstat's own reader gets each valid trial's figures back.
func TestBenchFile(t *testing.T) {
	t.Parallel()
	run := guideLike().write(t, t.TempDir())
	v := judged(t, run)
	check(t, Write(run, v))
	text, err := os.ReadFile(filepath.Join(run.Dir, benchFile))
	check(t, err)
	lines, seen := benchfmt.NewReader(bytes.NewReader(text), benchFile), map[string]int{}
	for lines.Scan() {
		r, ok := lines.Result().(*benchfmt.Result)
		if !ok {
			t.Fatalf("%v", lines.Result())
		}
		seen[string(r.Name)]++
		if bytes, ok := r.Value("memory.mean-B"); !ok || bytes < 1e8 {
			t.Errorf("%s: memory.mean %v (%t)", r.Name, bytes, ok)
		}
		if seconds, ok := r.Value("latency.p95-sec"); !ok || seconds > 10 {
			t.Errorf("%s: latency.p95 %v (%t)", r.Name, seconds, ok)
		}
	}
	check(t, lines.Err())
	// Block 2 is invalid, so that one of the two injected arms is left.
	for arm, want := range map[string]int{"before": v.Blocks, "after": v.Blocks, scenario.NullArm: v.Blocks, scenario.MemoryArm: 1, scenario.DelayArm: 1} {
		if n := seen["Guide/arm="+arm]; n != want {
			t.Errorf("%d lines of %s, want %d: %v", n, arm, want, seen)
		}
	}
}

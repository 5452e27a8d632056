package junit

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// TestJUnit: a proven claim passes, any other fails, and what broke is an error.
func TestJUnit(t *testing.T) {
	t.Parallel()
	run := reporttest.GuideLike().Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	suite := readJUnit(t, run, v)
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

// A calibrated claim fails no pipeline, whatever its figure.
func TestJUnitOfACalibratedClaim(t *testing.T) {
	t.Parallel()
	s := reporttest.Small()
	s.YAML = strings.Replace(s.YAML, "claims: [", "claims: [{id: set, calibrated: so, metric: memory.mean, variant: before, value: {at_most: 1MB}}, ", 1)
	run := s.Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	if set := readJUnit(t, run, v).Cases[0]; v.Claims[0].Outcome != verdict.NotAsSet || set.Failure != nil || set.Error != nil || !strings.Contains(set.Out, "not as set") {
		t.Errorf("%s: case %+v", v.Claims[0].Outcome, set)
	}
}

// A claim that an earlier analysis decided says so, where others needed more blocks.
func TestJUnitOfAClosedClaim(t *testing.T) {
	t.Parallel()
	run := reporttest.GuideLike().Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	v.Claims[1].DecidedAfter = 3
	for i, c := range readJUnit(t, run, v).Cases[:2] {
		if got := strings.Contains(c.Out, "decided after 3 blocks"); got != (i == 1) {
			t.Errorf("claim %d: %q", i, c.Out)
		}
	}
}

func TestJUnitOfAnInvalidRun(t *testing.T) {
	t.Parallel()
	s := reporttest.Small()
	s.Broken = map[int]string{1: "the ledger grew by 2997 rows"}
	run := s.Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	suite := readJUnit(t, run, v)
	if v.Outcome != verdict.Invalid || suite.Errors == 0 || suite.Cases[0].Error == nil {
		t.Errorf("%s, suite %+v", v.Outcome, suite)
	}
	last := suite.Cases[len(suite.Cases)-1]
	if last.Error == nil || !strings.Contains(last.Error.Message, "2997 rows") {
		t.Errorf("the last case does not say what broke: %+v", last)
	}
}

// TestJUnitOfAFailedRun: what the service did is a failure, not an error that a
// pipeline may run again.
func TestJUnitOfAFailedRun(t *testing.T) {
	t.Parallel()
	s := reporttest.Small()
	s.Failed = map[int]string{1: "the kernel killed it"}
	run := s.Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	suite := readJUnit(t, run, v)
	if v.Outcome != verdict.Failed || suite.Errors != 0 || suite.Failures != len(v.Claims)+len(v.Reasons) {
		t.Errorf("%s, suite %+v", v.Outcome, suite)
	}
	for _, c := range suite.Cases {
		if c.Failure != nil && (c.Failure.Type != string(verdict.Failed) || !strings.Contains(c.Failure.Message, "block 1, ")) {
			t.Errorf("the failure does not name the trial: %+v", c.Failure)
		}
	}
	if last := suite.Cases[len(suite.Cases)-1]; last.Failure == nil || !strings.Contains(last.Failure.Message, "the kernel killed it") {
		t.Errorf("the last case does not say what the service did: %+v", last)
	}
}

func readJUnit(t *testing.T, run *record.Run, v *verdict.Verdict) (suite testSuite) {
	t.Helper()
	text, err := XML.Write(view.Of(run, v))
	reporttest.Check(t, err)
	reporttest.Check(t, xml.Unmarshal(text, &suite))
	return suite
}

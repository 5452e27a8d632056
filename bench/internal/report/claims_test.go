package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/markdown"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/verdict"
)

// TestReportOfARangeMissed: the head of the page says on which side a secondary claim and
// a calibrated one missed their ranges; the reason of a bound and what was set stand below
// their claims, and the calibrated one stands apart.
func TestReportOfARangeMissed(t *testing.T) {
	t.Parallel()
	s := reporttest.Small()
	s.YAML = strings.Replace(s.YAML, "reduction: {at_least: 50%}}]", `reduction: {at_least: 10%}},
  {id: level, statement: Level, secondary: true, because: the range | is theirs, metric: memory.mean, variant: after, value: {at_least: 5GB, at_most: 6GB}},
  {id: set, statement: Scale, calibrated: "the size was set", metric: memory.mean, variant: before, value: {at_most: 1MB}}]`, 1)
	run := s.Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	if v.Outcome != verdict.Proven {
		t.Fatalf("the run is %s; the test needs one that is PROVEN", v.Outcome)
	}
	reporttest.Check(t, Write(run, v))
	page, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	head, rest, _ := strings.Cut(string(page), "## Claims")
	for _, want := range []string{"Not as set: “Scale”", "“Level” is refuted", "below the claimed range: less than promised"} {
		if !strings.Contains(head, want) {
			t.Errorf("the head lacks %q:\n%s", want, head)
		}
	}
	claims, set, apart := strings.Cut(rest, "### Set by the scenario")
	set, _, _ = strings.Cut(set, "\n## ")
	if !apart || strings.Contains(claims, "Scale") || !strings.Contains(set, "the size was set") || !strings.Contains(set, "**not as set**") {
		t.Errorf("the calibrated claim does not stand apart:\n%s", rest)
	}
	if !strings.Contains(claims, `<sub>The bound: the range \| is theirs</sub>`) {
		t.Errorf("the reason of the bound is missing:\n%s", claims)
	}
	var closing strings.Builder
	reporttest.Check(t, Closing(&closing, v))
	if text := closing.String(); !strings.Contains(text, "set by the scenario") || !strings.Contains(text, "less than promised") || !strings.Contains(text, "PROVEN: 1 of 1 claim proven; secondary: 1 refuted, over") {
		t.Error(text)
	}
}

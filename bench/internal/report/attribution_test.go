package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/markdown"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
)

func TestAttribution(t *testing.T) {
	t.Parallel()
	run := reporttest.AttributionRun(t, t.TempDir())
	v := reporttest.Judged(t, run)
	reporttest.Check(t, Write(run, v))
	text, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	for _, want := range []string{
		"# small: MEASURED", "most of it is due to workers: −", "## Which change had the effect", `fewer \| workers<br><sub>workers</sub>`, "processes 6 → 3",
		"| NOT RUN |", "idle is NOT RUN: it did not move processes: 4.5 without it, 4.5 with it", "![Steps from", "| workers | idle | memory.mean |", "| ✓ | ✓ |",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "| figure | none | workers |") {
		t.Error("the table of figures has a column for each combination")
	}
	reporttest.LookAt(t, filepath.Join(run.Dir, "attribution.png"))
	var closing strings.Builder
	reporttest.Check(t, Closing(&closing, v))
	if !strings.Contains(closing.String(), "NOT RUN") || !strings.HasSuffix(closing.String(), "MEASURED: nothing is claimed, over 3 blocks\n") {
		t.Errorf("closing lines:\n%s", closing.String())
	}
}

// TestNoAttribution: a scenario without an attribution has neither its picture nor its
// part of the report.
func TestNoAttribution(t *testing.T) {
	t.Parallel()
	run := reporttest.Small().Write(t, t.TempDir())
	reporttest.Check(t, Write(run, reporttest.Judged(t, run)))
	text, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	if strings.Contains(string(text), "had the effect") {
		t.Errorf("the report has an attribution:\n%s", text)
	}
}

// TestAttributionByEnds: one_at_a_time gives bounds, and no picture of steps.
func TestAttributionByEnds(t *testing.T) {
	t.Parallel()
	s := reporttest.Small()
	s.YAML = `
name: small
attribution:
  build: ./a
  design: one_at_a_time
  causes:
    - {name: workers, args: [-w], manipulation_check: processes}
    - {name: x, args: [-x], manipulation_check: processes}
    - {name: y, args: [-y], manipulation_check: processes}
    - {name: z, args: [-z], manipulation_check: processes}
load:
  target: {path: /}
  phases: [{name: warm-up, rate: 20/s, for: 2s}, {name: window, rate: 50/s, for: 4s, measure: true}]
blocks: 3
controls: {memory: 200MB}
`
	many, few := s.Service["before"], s.Service["before"]
	many.Workers, few.Workers = 5, 2
	s.Service = map[string]reporttest.Service{
		"none": many, "workers": few, "x": many, "y": many, "z": many,
		"x-y-z": many, "workers-y-z": few, "workers-x-z": few, "workers-x-y": few, "all": few,
	}
	run := s.Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	reporttest.Check(t, Write(run, v))
	text, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	for _, want := range []string{
		"The effect of workers is between −", "**These are bounds:**", "x is NOT RUN", "No picture: \\`one\\_at\\_a\\_time\\` gives bounds",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "of the whole") {
		t.Error("the report has shares")
	}
	if _, err := os.Stat(filepath.Join(run.Dir, "attribution.png")); err == nil {
		t.Error("there is a picture of steps")
	}
}

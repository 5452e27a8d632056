package runner

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/report"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// earlier is what the report of a committed run says that was not made by this
// version; README says it of the figures that it takes from there.
const earlier = "measured and judged by an earlier version of memproof"

// whole are the runs that are committed with their raw data, and can be judged again.
var whole = []string{"reference", "reference-gunicorn"}

// headlines are what committed runs found: by run and claim. Any version must find them
// in the raw data.
var headlines = map[string]map[string]verdict.Outcome{
	"reference":                    {"reduction": verdict.Proven, "latency": verdict.Proven},
	"reference-gunicorn":           {"reduction": verdict.Refuted, "latency": verdict.Proven},
	"reference-gunicorn-recycling": {"latency": verdict.Refuted},
	"reference-witness":            {"reduction": verdict.Proven, "reduction-gunicorn": verdict.Refuted},
}

// committedRuns are the folders of all runs in reports that stand alone.
func committedRuns(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("../../../reports/reference*")
	if err != nil || len(dirs) < len(headlines) {
		t.Fatalf("%d committed runs, %v", len(dirs), err)
	}
	return slices.DeleteFunc(dirs, func(dir string) bool { return slices.Contains(studies, filepath.Base(dir)) })
}

// TestCommittedRuns: each with raw data is still read and judged, and its headline
// holds. What is committed beside the raw data is what this code makes of it, or says
// that it is not.
func TestCommittedRuns(t *testing.T) {
	for _, name := range whole {
		dir := filepath.Join("../../../reports", name)
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "reference" {
				t.Skip("takes long beside the reference run: make test-all runs it, or go test without -short")
			}
			t.Parallel()
			again, v := concludedAgain(t, dir)
			holdsHeadlines(t, name, v)
			if !strings.Contains(text(t, filepath.Join(dir, "report.md")), earlier) {
				committedAsMade(t, dir, again, runFiles...)
			}
		})
	}
}

func holdsHeadlines(t *testing.T, name string, v *verdict.Verdict) {
	t.Helper()
	for id, want := range headlines[name] {
		if got := outcomeOf(v, id); got != want {
			t.Errorf("claim %s of %s is %q, want %s", id, name, got, want)
		}
	}
}

// concludedAgain is the verdict on a copy of the run, with its report.
func concludedAgain(t *testing.T, dir string) (again string, v *verdict.Verdict) {
	t.Helper()
	again = filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(again, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	run, err := record.OpenRun(again)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = Report(io.Discard, run); err != nil {
		t.Fatal(err)
	}
	return again, v
}

func outcomeOf(v *verdict.Verdict, claim string) verdict.Outcome {
	i := slices.IndexFunc(v.Claims, func(c verdict.ClaimVerdict) bool { return c.ID == claim })
	if i < 0 {
		return "not claimed"
	}
	return v.Claims[i].Outcome
}

// runFiles are the texts that are made from a run's raw data.
var runFiles = []string{"report.md", "verdict.json", "junit.xml", "bench.txt"}

func committedAsMade(t *testing.T, dir, again string, files ...string) {
	t.Helper()
	for _, file := range files {
		if text(t, filepath.Join(dir, file)) != text(t, filepath.Join(again, file)) {
			t.Errorf("%s of %s has changed: if that is meant, run memproof report on it and commit it with the reason", file, dir)
		}
	}
}

// TestReadmeShowsTheReferenceRun: the closing lines in the README are those of the
// committed run, or it says that the run is of an earlier version.
func TestReadmeShowsTheReferenceRun(t *testing.T) {
	const dir = "../../../reports/reference"
	readme := text(t, "../../../README.md")
	if strings.Contains(text(t, filepath.Join(dir, "report.md")), earlier) {
		if !strings.Contains(readme, earlier) {
			t.Errorf("%s is of an earlier version, and the README that quotes it does not say so", dir)
		}
		return
	}
	_, v := concludedAgain(t, dir)
	var closing strings.Builder
	if err := report.Closing(&closing, v); err != nil {
		t.Fatal(err)
	}
	want := "    " + strings.ReplaceAll(strings.TrimRight(closing.String(), "\n"), "\n", "\n    ")
	if !strings.Contains(readme, want) {
		t.Errorf("the README lacks\n%s", want)
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

package report

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/markdown"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/scenario"
)

// TestAddedOutput: a new file of the report needs one line of the table, and the page shows
// a file with a caption.
func TestAddedOutput(t *testing.T) {
	t.Parallel()
	run := reporttest.Small().Write(t, t.TempDir())
	m := view.Of(run, reporttest.Judged(t, run))
	text := func(s string, err error) func(view.Material) ([]byte, error) {
		return func(view.Material) ([]byte, error) { return []byte(s), err }
	}
	added := []view.Output{
		{Name: "made.txt", Write: text("made", nil), Caption: &view.Caption{Title: "A file that is made"}},
		{Name: "absent.txt", Write: text("", view.NotMade("there is nothing in it")), Caption: &view.Caption{Title: "A file that is not"}},
		{Name: "other.txt", Write: text("other", nil), Only: func(*scenario.Scenario) bool { return false }},
		markdown.Page,
	}
	for _, name := range []string{"absent.txt", "other.txt"} {
		reporttest.Check(t, os.WriteFile(filepath.Join(run.Dir, name), []byte("stale"), 0o644))
	}
	reporttest.Check(t, write(added, m))
	for name, want := range map[string]string{"made.txt": "made", "absent.txt": "", "other.txt": "stale"} {
		if got, err := os.ReadFile(filepath.Join(run.Dir, name)); string(got) != want || want == "" && !os.IsNotExist(err) {
			t.Errorf("%s holds %q, %v, want %q", name, got, err, want)
		}
	}
	made, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	for _, want := range []string{"### A file that is made\n", "(made.txt)", "No picture: there is nothing in it."} {
		if !strings.Contains(string(made), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	broken := view.Output{Name: "broken.txt", Write: text("", errors.New("the disk is full"))}
	if err := write([]view.Output{broken}, m); err == nil || !strings.Contains(err.Error(), "write broken.txt: the disk is full") {
		t.Errorf("%v, want that the file can't be written", err)
	}
}

// TestBlocksAfterTheAnalysis that decided break no file of the report.
func TestBlocksAfterTheAnalysis(t *testing.T) {
	t.Parallel()
	run := reporttest.Troubled().Write(t, t.TempDir())
	reporttest.Check(t, Write(run, reporttest.Judged(t, run)))
}

// TestOutputsHaveNames of their own, and pictures come before the page that shows them.
func TestOutputsHaveNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	at := slices.IndexFunc(outputs, func(o view.Output) bool { return o.Name == markdown.Page.Name })
	for i, o := range outputs {
		if o.Name == "" || seen[o.Name] || o.Caption != nil && i > at {
			t.Errorf("output %d, %q, has no name of its own, or is a picture after the page", i, o.Name)
		}
		seen[o.Name] = true
	}
}

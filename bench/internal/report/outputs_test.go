package report

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/scenario"
)

// TestAddedOutput: a line of the table is all that a file of the report takes, and
// what has a caption is shown on the page.
func TestAddedOutput(t *testing.T) {
	t.Parallel()
	run := small().write(t, t.TempDir())
	m := material{run: run, verdict: judged(t, run), arms: armsOf(run)}
	text := func(s string, err error) func(material) ([]byte, error) {
		return func(material) ([]byte, error) { return []byte(s), err }
	}
	added := []output{
		{name: "made.txt", write: text("made", nil), caption: &caption{title: "A file that is made"}},
		{name: "absent.txt", write: text("", notMade("there is nothing in it")), caption: &caption{title: "A file that is not"}},
		{name: "other.txt", write: text("other", nil), only: func(*scenario.Scenario) bool { return false }},
		page,
	}
	for _, name := range []string{"absent.txt", "other.txt"} {
		check(t, os.WriteFile(filepath.Join(run.Dir, name), []byte("stale"), 0o644))
	}
	check(t, write(added, m))
	for name, want := range map[string]string{"made.txt": "made", "absent.txt": "", "other.txt": "stale"} {
		if got, err := os.ReadFile(filepath.Join(run.Dir, name)); string(got) != want || want == "" && !os.IsNotExist(err) {
			t.Errorf("%s holds %q, %v, want %q", name, got, err, want)
		}
	}
	made, err := os.ReadFile(filepath.Join(run.Dir, reportFile))
	check(t, err)
	for _, want := range []string{"### A file that is made\n", "(made.txt)", "No picture: there is nothing in it."} {
		if !strings.Contains(string(made), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	broken := output{name: "broken.txt", write: text("", errors.New("the disk is full"))}
	if err := write([]output{broken}, m); err == nil || !strings.Contains(err.Error(), "write broken.txt: the disk is full") {
		t.Errorf("%v, want that the file can't be written", err)
	}
}

// TestOutputsHaveNames of their own, and pictures come before the page that shows them.
func TestOutputsHaveNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	at := slices.IndexFunc(outputs, func(o output) bool { return o.name == reportFile })
	for i, o := range outputs {
		if o.name == "" || seen[o.name] || o.caption != nil && i > at {
			t.Errorf("output %d, %q, is nameless, double or a picture after the page", i, o.name)
		}
		seen[o.name] = true
	}
}

package experiment_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// createIn creates a run of the scenario in a directory of that name.
func createIn(t *testing.T, name string, oldnew ...string) *record.Run {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	run, err := record.CreateRun(dir, []byte(strings.NewReplacer(oldnew...).Replace(fakerig.Text)), record.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// A run is read by block, then by position, with any number of arms. A run that is
// judged again gets the same verdict, to the byte.
func TestOpenRunSortsByBlockAndPosition(t *testing.T) {
	for _, arms := range []int{4, 9, 10, 13} {
		t.Run(fmt.Sprint(arms), func(t *testing.T) {
			f := fakerig.New()
			f.Memory = func(experiment.TrialPlan) uint64 { return 400e6 }
			live := createIn(t, "run", append(fakerig.ManyArms(arms), "blocks: 6", "blocks: 2\ncontrols: {memory: 64MB}", fakerig.Text[strings.Index(fakerig.Text, "claims:"):], "")...)
			fakerig.Execute(t, live, f)
			run, err := record.OpenRun(live.Dir)
			if err != nil {
				t.Fatal(err)
			}
			for i, tr := range run.Trials {
				if tr.Block != i/arms+1 || tr.Position != i%arms+1 {
					t.Fatalf("trial %d belongs to block %d, position %d", i, tr.Block, tr.Position)
				}
			}
			if first, again := verdictText(t, live), verdictText(t, run); first != again {
				t.Error("the run's own verdict and the one on what it left differ")
			}
		})
	}
}

func verdictText(t *testing.T, run *record.Run) string {
	t.Helper()
	v, err := verdict.Judge(run)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// No character of a run directory's path is special.
func TestOpenRunFindsTrialsBelowAnyPath(t *testing.T) {
	for _, name := range []string{"a[b]c", "what?", "all*", "{a,b}", "with space", "-x", "größe", `back\slash`, "[", "b01-1-a"} {
		t.Run(name, func(t *testing.T) {
			live := createIn(t, filepath.Join(name, "run"))
			fakerig.Execute(t, live, fakerig.New())
			run, err := record.OpenRun(live.Dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(run.Trials) != 22 {
				t.Fatalf("%d trials were found, want 22", len(run.Trials))
			}
			again := fakerig.New()
			fakerig.Execute(t, run, again)
			if n := fakerig.Count(again.Calls, "start "); n != 0 {
				t.Errorf("going on with a finished run started %d trials", n)
			}
		})
	}
}

// Other entries are skipped, and two trials in one place are refused.
func TestOpenRunOfOddTrialDirectories(t *testing.T) {
	live := createIn(t, "run")
	fakerig.Execute(t, live, fakerig.New())
	trials := filepath.Join(live.Dir, "trials")
	first := filepath.Join(trials, fmt.Sprintf("b01-1-%s", live.Trials[0].Variant))

	if err := os.WriteFile(filepath.Join(trials, "before.txt"), []byte("a note"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(trials, "b09-1-cut-short"), 0o755); err != nil {
		t.Fatal(err)
	}
	if run, err := record.OpenRun(live.Dir); err != nil || len(run.Trials) != 22 {
		t.Fatalf("%v, want the 22 trials", err)
	}

	if err := os.CopyFS(filepath.Join(trials, "b01-1-copy"), os.DirFS(first)); err != nil {
		t.Fatal(err)
	}
	_, err := record.OpenRun(live.Dir)
	for _, want := range []string{"b01-1-copy", filepath.Base(first), "block 1", "position 1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("two trials of one place: %v, want it to name %q", err, want)
		}
	}
	if err := os.RemoveAll(trials); err != nil {
		t.Fatal(err)
	}
	var none record.NoRawData
	if _, err := record.OpenRun(live.Dir); !errors.As(err, &none) || none.Path != trials {
		t.Errorf("a run without its trials: %v", err)
	}
}

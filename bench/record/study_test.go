package record_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/memproof/memproof/bench/record"
)

func newStudy(t *testing.T) *record.Study {
	t.Helper()
	s, err := record.BeginStudy(filepath.Join(t.TempDir(), "study"), "", record.StudyMeta{Seed: 7, Measured: map[string]string{"blocks": "6"}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func start(t *testing.T, s *record.Study) record.Start {
	t.Helper()
	run, err := s.StartRun("v1")
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestStudyKeepsEveryStart: of four runs one ended, one was ended twice (it was
// resumed), one was interrupted and one has lost its folder.
func TestStudyKeepsEveryStart(t *testing.T) {
	s := newStudy(t)
	for n := 1; n <= 4; n++ {
		run := start(t, s)
		if n < 4 {
			write(t, filepath.Join(s.RunDir(run.Number), "run.json"), "{}")
		}
	}
	for _, end := range []struct {
		run     int
		outcome string
	}{{1, "PROVEN"}, {2, "INVALID"}, {2, "REFUTED"}} {
		if err := s.EndRun(end.run, end.outcome); err != nil {
			t.Fatal(err)
		}
	}
	again, err := record.OpenStudy(s.Dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if again.Seed != 7 || again.Measured["blocks"] != "6" || again.Began.IsZero() || len(again.Starts) != 4 {
		t.Fatalf("%+v", again)
	}
	var seeds []uint64
	for i, run := range again.Starts {
		if run.Number != i+1 || run.Deleted != (i == 3) || run.At.IsZero() || (run.End == nil) != (i > 1) || run.Version != "v1" {
			t.Errorf("run %d: %+v", i+1, run)
		}
		seeds = append(seeds, run.Seed)
	}
	if again.Starts[1].End.Outcome != "REFUTED" {
		t.Errorf("a resumed run has its last end: %+v", again.Starts[1].End)
	}
	slices.Sort(seeds)
	if len(slices.Compact(seeds)) != 4 || again.Starts[0].Seed != 7 {
		t.Errorf("seeds %v: each run has its own, the first the study's", seeds)
	}
}

// TestStudyIsTamperEvident: a line that is changed, removed or moved is found.
func TestStudyIsTamperEvident(t *testing.T) {
	s := newStudy(t)
	for range 3 {
		start(t, s)
	}
	if err := s.EndRun(2, "REFUTED"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.Journal)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(string(text))+"\n", "\n")
	lines = lines[:len(lines)-1]
	for name, changed := range map[string][]string{
		"a start is removed":   slices.Concat(lines[:2], lines[3:]),
		"an outcome is better": append(slices.Clone(lines[:4]), strings.Replace(lines[4], "REFUTED", "PROVEN", 1), lines[4]),
		"two are swapped":      {lines[0], lines[2], lines[1], lines[3], lines[4]},
		"the first is removed": lines[1:],
		"another beginning":    append([]string{strings.Replace(lines[0], `"blocks":"6"`, `"blocks":"9"`, 1)}, lines[1:]...),
	} {
		t.Run(name, func(t *testing.T) {
			write(t, s.Journal, strings.Join(changed, ""))
			_, err := record.OpenStudy(s.Dir, "")
			if !errors.As(err, new(record.BrokenJournal)) {
				t.Errorf("%v", err)
			}
			if _, err := s.StartRun("v1"); err == nil {
				t.Error("a run was added to a broken journal")
			}
		})
	}
	write(t, s.Journal, string(text))
	if _, err := record.OpenStudy(s.Dir, ""); err != nil {
		t.Error(err)
	}
}

// TestStudyElsewhere: a pipeline keeps the journal where its cache is.
func TestStudyElsewhere(t *testing.T) {
	dir := t.TempDir()
	journal := filepath.Join(dir, "cache", "guide.jsonl")
	s, err := record.BeginStudy(filepath.Join(dir, "first"), journal, record.StudyMeta{})
	if err != nil {
		t.Fatal(err)
	}
	start(t, s)
	if err := os.Mkdir(filepath.Join(dir, "second"), 0o755); err != nil {
		t.Fatal(err)
	}
	s, err = record.OpenStudy(filepath.Join(dir, "second"), journal)
	if err != nil || len(s.Starts) != 1 || !s.Starts[0].Deleted {
		t.Fatalf("%+v, %v", s, err)
	}
	if run := start(t, s); run.Number != 2 {
		t.Errorf("run %d", run.Number)
	}
	if _, err := record.OpenStudy(filepath.Join(dir, "second"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no journal in the folder itself: %v", err)
	}
	if _, err := record.BeginStudy(filepath.Join(dir, "third"), journal, record.StudyMeta{}); err == nil {
		t.Error("a second study began in one journal")
	}
}

// TestStudyOfTwoRunsAtOnce: each has a number of its own and none is lost.
func TestStudyOfTwoRunsAtOnce(t *testing.T) {
	s := newStudy(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			own, err := record.OpenStudy(s.Dir, "")
			if err != nil {
				t.Error(err)
				return
			}
			run, err := own.StartRun("v1")
			if err == nil {
				err = own.EndRun(run.Number, "PROVEN")
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	again, err := record.OpenStudy(s.Dir, "")
	if err != nil || len(again.Starts) != 8 {
		t.Fatalf("%d starts, %v", len(again.Starts), err)
	}
	for _, run := range again.Starts {
		if run.End == nil {
			t.Errorf("run %d has no end", run.Number)
		}
	}
}

func TestStudyChanged(t *testing.T) {
	was := record.StudyMeta{Measured: map[string]string{"a": "1", "b": "2", "c": "3"}}
	is := record.StudyMeta{Measured: map[string]string{"a": "1", "b": "9", "d": "4"}}
	want := []string{"b: 9, was 2", "c: not set, was 3", "d: 4, was not set"}
	if got := is.Changed(was); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

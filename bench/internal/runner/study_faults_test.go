package runner

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// joined adds a start to the study, and the folder that a run has from its beginning.
func joined(t *testing.T, o StudyOptions) *membership {
	t.Helper()
	sc := parsed(t)
	m, err := o.findStudy(sc)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := m.join(sc, builds, "v1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := record.CreateRun(dir, sc.Copy(), record.Meta{Run: m.start.Number, Seed: m.start.Seed, Start: m.start.Line}); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTwoRunsBeginAtOnce: of runs that find no study at the same moment, one begins it and
// the others join it.
func TestTwoRunsBeginAtOnce(t *testing.T) {
	o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
	sc := parsed(t)
	var all sync.WaitGroup
	for range 6 {
		m, err := o.findStudy(sc) // before any has joined
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			if _, err := m.join(sc, builds, "v1"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s, err := record.OpenStudy(o.Dir, "")
	if err != nil || len(s.Starts) != 6 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := os.Stat(o.Dir + "-2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a second study: %v", err)
	}
}

// TestMeasuredNothingBesideAnother: a run that begins a study and measures nothing removes
// it, but not from under a run that has joined it.
func TestMeasuredNothingBesideAnother(t *testing.T) {
	o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
	sc := parsed(t)
	first, err := o.findStudy(sc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.join(sc, builds, "v1"); err != nil {
		t.Fatal(err)
	}
	joined(t, o)
	if err := first.measuredNothing(false); err != nil {
		t.Fatal(err)
	}
	s, err := record.OpenStudy(o.Dir, "")
	if err != nil || len(s.Starts) != 2 || s.Starts[0].End == nil {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestResumeDir: of a study the last run that was not finished is resumed.
func TestResumeDir(t *testing.T) {
	o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
	joined(t, o)
	second := joined(t, o)
	third := joined(t, o)
	if err := third.end("PROVEN"); err != nil {
		t.Fatal(err)
	}
	check := func(what, want string) {
		t.Helper()
		if got, err := ResumeDir(o.Dir, ""); err != nil || filepath.Base(got) != want {
			t.Errorf("%s: %s, %v, want %s", what, got, err, want)
		}
	}
	check("run 2 was interrupted", "run-02")
	lock, err := record.LockRun(second.study.RunDir(2))
	if err != nil {
		t.Fatal(err)
	}
	check("run 2 goes on", "run-01")
	if _, err := lockRun(second.study.RunDir(2)); !errors.As(err, new(BadInput)) {
		t.Errorf("a run that goes on is resumed: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(second.study.RunDir(2)); err != nil {
		t.Fatal(err)
	}
	check("run 2 was deleted", "run-01")
	if err := os.RemoveAll(second.study.RunDir(1)); err != nil {
		t.Fatal(err)
	}
	_, err = ResumeDir(o.Dir, "")
	if !errors.As(err, new(BadInput)) || !strings.Contains(err.Error(), "run 3 ended PROVEN") {
		t.Errorf("nothing to resume: %v", err)
	}
	if got, err := ResumeDir("no/such", ""); err != nil || got != "no/such" {
		t.Errorf("%s, %v: the run's own error says more", got, err)
	}
}

// TestResumedRunIsOfItsStudy: a folder with another name, a journal of another study and
// a run without its journal are refused, each with what to do.
func TestResumedRunIsOfItsStudy(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(dir string) (run string, err error)
		want   string // empty: it is resumed
	}{
		"as it was": {func(dir string) (string, error) { return filepath.Join(dir, "run-02"), nil }, ""},
		"renamed": {func(dir string) (string, error) {
			return filepath.Join(dir, "old"), os.Rename(filepath.Join(dir, "run-02"), filepath.Join(dir, "old"))
		}, "rename it to run-02"},
		"without its journal": {func(dir string) (string, error) {
			return filepath.Join(dir, "run-02"), os.Remove(filepath.Join(dir, record.StudyFile))
		}, "name the journal with -study"},
		"in the place of another": {func(dir string) (string, error) {
			return filepath.Join(dir, "run-01"), errors.Join(os.RemoveAll(filepath.Join(dir, "run-01")), os.Rename(filepath.Join(dir, "run-02"), filepath.Join(dir, "run-01")))
		}, "rename it to run-02"},
		"in another study": {func(dir string) (string, error) {
			other := StudyOptions{Dir: dir + "-other"}
			joined(t, other)
			joined(t, other)
			run := filepath.Join(other.Dir, "run-02")
			return run, errors.Join(os.RemoveAll(run), os.Rename(filepath.Join(dir, "run-02"), run))
		}, "is of another study"},
	} {
		t.Run(name, func(t *testing.T) {
			o := StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}
			joined(t, o)
			joined(t, o)
			run, err := tt.change(o.Dir)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Options{Dir: run, Resume: true}.findMembership(parsed(t))
			switch {
			case tt.want == "" && (err != nil || m.start.Number != 2 || m.dir != o.Dir):
				t.Errorf("%+v, %v", m, err)
			case tt.want != "" && (!errors.As(err, new(BadInput)) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// TestForeignFolders: a run that was copied in, or put in another's place, does not count,
// and the study says so. A new run does not overwrite it.
func TestForeignFolders(t *testing.T) {
	base := t.TempDir()
	o, other := StudyOptions{Dir: filepath.Join(base, "fake")}, StudyOptions{Dir: filepath.Join(base, "other")}
	m, _ := studied(t, o, builds, fakerig.New())
	theirs, _ := studied(t, other, builds, fakerig.New())
	if err := os.CopyFS(filepath.Join(o.Dir, "run-02"), os.DirFS(theirs.study.RunDir(1))); err != nil {
		t.Fatal(err)
	}
	s, err := JudgeStudy(&strings.Builder{}, m.study, nil)
	if err != nil || len(s.Runs) != 1 || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "run-02 is not in the journal") {
		t.Errorf("%+v, %v", s, err)
	}
	sc := parsed(t)
	if next, err := o.findStudy(sc); err != nil {
		t.Error(err)
	} else if _, err := next.join(sc, builds, "v1"); !errors.As(err, new(BadInput)) {
		t.Errorf("a run takes the folder of another: %v", err)
	}
	if err := errors.Join(os.RemoveAll(m.study.RunDir(1)), os.Rename(filepath.Join(o.Dir, "run-02"), m.study.RunDir(1))); err != nil {
		t.Fatal(err)
	}
	if s, err = JudgeStudy(&strings.Builder{}, m.study, nil); err != nil || s.Runs[0].Missing == "" || s.Runs[0].Verdict != nil {
		t.Errorf("another study's run counts: %+v, %v", s.Runs, err)
	}
}

// TestVerdictThatStandsForRawData: where the raw data is gone, a verdict that was changed
// is told.
func TestVerdictThatStandsForRawData(t *testing.T) {
	m, _ := studied(t, StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")}, builds, fakerig.New())
	if err := os.RemoveAll(filepath.Join(m.study.RunDir(1), "trials")); err != nil {
		t.Fatal(err)
	}
	s, err := JudgeStudy(&strings.Builder{}, m.study, nil)
	if err != nil || len(s.Notes) != 0 || len(s.Answering()) != 1 {
		t.Fatalf("%+v, %v", s, err)
	}
	path := filepath.Join(m.study.RunDir(1), record.VerdictFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, ' '), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err = JudgeStudy(&strings.Builder{}, m.study, nil); err != nil || len(s.Notes) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestJournalOfAnotherStudy: one file is the journal of one study, and that is said before
// anything is built.
func TestJournalOfAnotherStudy(t *testing.T) {
	dir := t.TempDir()
	o := StudyOptions{Dir: filepath.Join(dir, "fake"), Journal: filepath.Join(dir, "cache.jsonl")}
	joined(t, o)
	_, err := o.findStudy(parsed(t, "at_least: 50%", "at_least: 45%"))
	if !errors.As(err, new(BadInput)) || !strings.Contains(err.Error(), "45.0%, was 50.0%") {
		t.Errorf("%v", err)
	}
	if _, err := o.findStudy(parsed(t)); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

// TestRunWhoseStudyIsGone: the run is complete, and the error says where it is.
func TestRunWhoseStudyIsGone(t *testing.T) {
	m := joined(t, StudyOptions{Dir: filepath.Join(t.TempDir(), "fake")})
	if err := os.Remove(m.study.Journal); err != nil {
		t.Fatal(err)
	}
	o := Options{member: m, Out: &strings.Builder{}}
	var gone StudyError
	if err := o.endStudy(&verdict.Verdict{Outcome: verdict.Proven}); !errors.As(err, &gone) || gone.Run != m.study.RunDir(1) {
		t.Errorf("%v", err)
	}
}

package record_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/record"
)

// journalOf returns a study with two starts, of which the first has ended, and its
// journal.
func journalOf(t *testing.T) (*record.Study, string) {
	t.Helper()
	s := newStudy(t)
	start(t, s)
	if err := s.EndRun(1, "PROVEN"); err != nil {
		t.Fatal(err)
	}
	start(t, s)
	text, err := os.ReadFile(s.Journal)
	if err != nil {
		t.Fatal(err)
	}
	return s, string(text)
}

// TestJournalFaults: what may happen to the file is an error that names it, or changes
// nothing; and no run is added to a journal that cannot be read.
func TestJournalFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(text string) string
		bad    bool
	}{
		"as it was":             {func(text string) string { return text }, false},
		"other line ends":       {func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }, false},
		"no end of a line":      {func(text string) string { return strings.TrimSuffix(text, "\n") }, false},
		"its last line is gone": {func(text string) string { return text[:strings.LastIndex(strings.TrimSpace(text), "\n")+1] }, false},
		"its last line is cut":  {func(text string) string { return text[:len(text)-9] }, true},
		"it is cut early":       {func(text string) string { return text[:9] }, true},
		"empty":                 {func(string) string { return "" }, true},
		"blank":                 {func(string) string { return "\n\n" }, true},
		"a blank line":          {func(text string) string { return text + "\n" }, true},
		"not JSON":              {func(text string) string { return text + "<<<<<<< HEAD\n" }, true},
		"zeros":                 {func(text string) string { return text + strings.Repeat("\x00", 512) }, true},
		"a list":                {func(text string) string { return "[]\n" + text }, true},
		"null":                  {func(text string) string { return text + "null\n" }, true},
		"twice":                 {func(text string) string { return text + text }, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, text := journalOf(t)
			changed := tt.change(text)
			write(t, s.Journal, changed)
			_, err := record.OpenStudy(s.Dir, "")
			if (err != nil) != tt.bad || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%v, want an error: %v", err, tt.bad)
			}
			if err != nil && !strings.Contains(err.Error(), s.Journal) {
				t.Errorf("%v names no file", err)
			}
			run, err := s.StartRun("v2")
			if (err != nil) != tt.bad {
				t.Errorf("a run was added: %+v, %v", run, err)
			}
			again, err := record.OpenStudy(s.Dir, "")
			if !tt.bad && (err != nil || again.Starts[len(again.Starts)-1].Version != "v2") {
				t.Errorf("after another start: %+v, %v", again, err)
			}
			if now, err := os.ReadFile(s.Journal); tt.bad && (err != nil || string(now) != changed) {
				t.Errorf("a bad journal was written to: %v", err)
			}
		})
	}
}

// TestJournalIsNoFile: a folder in its place is an error.
func TestJournalIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, record.StudyFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := record.OpenStudy(dir, ""); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := record.BeginStudy(dir, "", record.StudyMeta{}); err == nil {
		t.Error("a study began")
	}
}

// TestJournalThatIsGone: a run is not added to a study whose journal was removed since it
// was opened, so no journal begins in its middle.
func TestJournalThatIsGone(t *testing.T) {
	s, _ := journalOf(t)
	if err := os.Remove(s.Journal); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartRun("v2"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := s.EndRun(1, "PROVEN"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(s.Journal); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a journal is there: %v", err)
	}
}

// TestRemoveUnused: a study is removed while its only start is the caller's.
func TestRemoveUnused(t *testing.T) {
	for starts, removable := range map[int]bool{0: true, 1: true, 2: false} {
		s := newStudy(t)
		for range starts {
			start(t, s)
		}
		removed, err := s.RemoveUnused(min(starts, 1))
		if err != nil || removed != removable {
			t.Errorf("%d starts: removed %v, %v", starts, removed, err)
		}
		if _, err := os.Stat(s.Dir); errors.Is(err, fs.ErrNotExist) != removable {
			t.Errorf("%d starts: the folder: %v", starts, err)
		}
	}
	s := newStudy(t)
	start(t, s)
	if removed, err := s.RemoveUnused(0); removed || err != nil {
		t.Errorf("another's start was removed: %v, %v", removed, err)
	}
}

// TestStudyChangedInWords: a person reads what changed, with units and short hashes.
func TestStudyChangedInWords(t *testing.T) {
	hash := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	was := record.StudyMeta{Measured: map[string]string{
		"artefact.variant.after": hash("a"), "artefact.sidecar.cache": hash("b"), "claims.size.metric": "memory.mean", "claims.size.value.at_most": "7e+08",
		"claims.new.metric": "no.such", "claims.new.value.at_most": "1", "load.phases.window.for": "10s", "variants.after.name": "after", "input.rows.csv": hash("c"),
	}}
	is := record.StudyMeta{Measured: map[string]string{
		"artefact.variant.after": hash("d"), "artefact.sidecar.cache": hash("e"), "claims.size.metric": "memory.mean", "claims.size.value.at_most": "8e+08",
		"claims.new.metric": "no.such", "claims.new.value.at_most": "2", "load.phases.window.for": "12s", "variants.other.name": "other", "input.rows.csv": hash("f"),
	}}
	got := strings.Join(is.Changed(was), "\n")
	for _, want := range []string{
		"the program of after: sha256:dddddddddddd, was sha256:aaaaaaaaaaaa", "the program of sidecar cache: sha256:eeeeeeeeeeee",
		"claims.size.value.at_most: 800 MB, was 700 MB", "claims.new.value.at_most: 2, was 1", "load.phases.window.for: 12s, was 10s",
		"variants.after.name: not set, was after", "variants.other.name: other, was not set", "the file rows.csv: sha256:ffffffffffff",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, strings.Repeat("d", 13)) {
		t.Errorf("whole hashes:\n%s", got)
	}
}

// FuzzJournal: any text is a study or an error, and after a study's text a start can be
// added that is read again.
func FuzzJournal(f *testing.F) {
	began, _ := json.Marshal(map[string]any{"prev": "", "at": "2026-01-02T03:04:05Z", "began": map[string]any{"seed": 1, "measured": map[string]string{"a": "1"}}})
	f.Add(string(began) + "\n")
	f.Add(string(began))
	f.Add(string(began) + "\r\n{}\n")
	f.Add(`{"prev":"","at":"2026-01-02T03:04:05Z","started":{"run":1}}`)
	f.Add(`{"began":{},"started":{"run":-1},"ended":{"run":9223372036854775807}}`)
	f.Add("\x00\n\xff")
	dir := f.TempDir()
	n := 0
	f.Fuzz(func(t *testing.T, text string) {
		n++
		own := filepath.Join(dir, fmt.Sprint(os.Getpid(), "-", n))
		if err := os.MkdirAll(own, 0o755); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(own)
		if err := os.WriteFile(filepath.Join(own, record.StudyFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := record.OpenStudy(own, "")
		if err != nil {
			return
		}
		run, err := s.StartRun("v")
		if err != nil {
			t.Fatalf("it was read, and no run can be added: %v", err)
		}
		again, err := record.OpenStudy(own, "")
		if err != nil || len(again.Starts) != run.Number {
			t.Fatalf("%d starts, %v, want %d", len(again.Starts), err, run.Number)
		}
	})
}

package lab

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/report"
)

// TestReadmeShowsTheReferenceRun: the closing lines in the README are those of
// the committed run, and no figure there is written by hand.
func TestReadmeShowsTheReferenceRun(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	run, err := bench.OpenRun("../../../reports/reference")
	if err != nil {
		t.Fatal(err)
	}
	v, err := bench.Judge(run)
	if err != nil {
		t.Fatal(err)
	}
	var closing strings.Builder
	if err := report.Closing(&closing, v); err != nil {
		t.Fatal(err)
	}
	want := "    " + strings.ReplaceAll(strings.TrimRight(closing.String(), "\n"), "\n", "\n    ")
	if !strings.Contains(string(readme), want) {
		t.Errorf("the README lacks\n%s", want)
	}
}

// TestReferenceReportsAreDrawnTheSame: what is committed beside the raw data is
// what this code makes of it.
func TestReferenceReportsAreDrawnTheSame(t *testing.T) {
	dirs, err := filepath.Glob("../../../reports/reference*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("%d committed runs, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			drawnTheSame(t, dir)
		})
	}
}

func drawnTheSame(t *testing.T, dir string) {
	t.Helper()
	again := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(again, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	run, err := bench.OpenRun(again)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Conclude(io.Discard, run); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"report.md", "verdict.json", "junit.xml", "bench.txt"} {
		if text(t, filepath.Join(dir, file)) != text(t, filepath.Join(again, file)) {
			t.Errorf("%s of %s has changed: if that is meant, run memproof report on it and commit it with the reason", file, dir)
		}
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

package runner

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/record"
)

// TestExportKeepsWhatWasThere: an export that breaks in the middle leaves the file
// that it would have replaced, and no part of a new one.
func TestExportKeepsWhatWasThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS("../../../reports/reference-gunicorn")); err != nil {
		t.Fatal(err)
	}
	run, err := record.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	hits, err := filepath.Glob(filepath.Join(dir, "trials", "b01-*", "hits.csv.gz"))
	if err != nil || len(hits) == 0 {
		t.Fatalf("%d files of hits, %v", len(hits), err)
	}
	if err := os.Truncate(hits[len(hits)-1], 100); err != nil {
		t.Fatal(err)
	}
	for _, was := range []string{"", "what the person had"} {
		to := filepath.Join(t.TempDir(), "to.gob")
		if was != "" {
			if err := os.WriteFile(to, []byte(was), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := (Export{To: to}).Write(run); err == nil {
			t.Fatal("hits that are cut off were exported")
		}
		if text, _ := os.ReadFile(to); string(text) != was {
			t.Errorf("%q is left, there was %q", text, was)
		}
		if left, _ := os.ReadDir(filepath.Dir(to)); len(left) != min(len(was), 1) {
			t.Errorf("left are %v", left)
		}
	}
}

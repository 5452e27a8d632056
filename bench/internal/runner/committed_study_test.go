package runner

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/record"
)

// studies are the studies that are committed with the raw data of their runs.
var studies = []string{"reference-study"}

// TestCommittedStudies: the answer of each study, and of each of its runs, is what this
// code makes of the raw data.
func TestCommittedStudies(t *testing.T) {
	for _, name := range studies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("../../../reports", name)
			again := filepath.Join(t.TempDir(), name)
			if err := os.CopyFS(again, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			s, err := record.OpenStudy(again, "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := JudgeStudy(io.Discard, s, nil); err != nil {
				t.Fatal(err)
			}
			committedAsMade(t, dir, again, "report.md", "verdict.json")
			for _, start := range s.Starts {
				run := filepath.Join(dir, filepath.Base(s.RunDir(start.Number)))
				made, _ := concludedAgain(t, run)
				committedAsMade(t, run, made, runFiles...)
			}
		})
	}
}

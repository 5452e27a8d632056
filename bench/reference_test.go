package bench_test

import (
	"path/filepath"
	"testing"
)

// TestReferenceRunIsJudgedTheSame: the committed run gives its committed
// verdict to the last digit, on any machine.
func TestReferenceRunIsJudgedTheSame(t *testing.T) {
	const dir = "../reports/reference"
	again := t.TempDir()
	if err := judged(t, dir).Write(again); err != nil {
		t.Fatal(err)
	}
	if read(t, filepath.Join(again, "verdict.json")) != read(t, filepath.Join(dir, "verdict.json")) {
		t.Errorf("the verdict of %s has changed: if that is meant, run memproof report %s and commit it with the reason", dir, dir)
	}
}

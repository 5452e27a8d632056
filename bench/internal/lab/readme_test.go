package lab

import (
	"os"
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

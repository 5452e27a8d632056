package record_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// TestReplicatesOfAnOldRun: a run without the key has the same pairs as its scenario
// has today.
func TestReplicatesOfAnOldRun(t *testing.T) {
	run, err := record.OpenRun("../../reports/reference-witness")
	if err != nil && !errors.As(err, new(record.NoRawData)) {
		t.Fatal(err)
	}
	path := "../../scenarios/witness.yaml"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	today, err := scenario.Inputs{Dir: filepath.Dir(path)}.ParseScenario(path, text)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for _, c := range today.Claims {
		of[c.ID] = c.Replicates
	}
	for _, c := range run.Scenario.Claims {
		if want, ok := of[c.ID]; !ok || c.Replicates != want {
			t.Errorf("claim %s replicates %q, want %q", c.ID, c.Replicates, want)
		}
	}
	if len(run.Scenario.Claims) != 16 || of["reduction-gunicorn"] != "reduction" {
		t.Errorf("%d claims, of which %v", len(run.Scenario.Claims), of)
	}
}

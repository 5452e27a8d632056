package metric_test

import (
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

// TestProgramsTextGivesTheUnlisted: the text gives the CPU time of unlisted programs.
func TestProgramsTextGivesTheUnlisted(t *testing.T) {
	programs := []metric.ProgramCPU{{Name: "bash", PIDs: 3, Cores: 0.02}, {Name: "init", PIDs: 1, Cores: 0.01}}
	const named = "bash (3 processes) 2%, init 1% of a core"
	for other, want := range map[float64]string{
		0.001: named, 0.04: named, 0.07: named,
		0.09: named + "; not seen: 6%, of programs that began and ended in between",
		1.5:  named + "; not seen: 147%, of programs that began and ended in between",
	} {
		if got := metric.ProgramsText(programs, &other); got != want {
			t.Errorf("of %v: %q, want %q", other, got, want)
		}
	}
	if got := metric.ProgramsText(programs, nil); got != named {
		t.Errorf("of an unknown: %q", got)
	}
}

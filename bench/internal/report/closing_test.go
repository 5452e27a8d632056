package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

func TestClosingReportsWriteErrors(t *testing.T) {
	broken := errors.New("disk full")
	err := Closing(failing{broken}, &verdict.Verdict{Outcome: verdict.Proven, Claims: []verdict.ClaimVerdict{{Comparison: comparison.Ratio, AtMost: new(float64)}}})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Without a claim that compares two variants there is no A/A control, not 0 of 0.
func TestClosingControls(t *testing.T) {
	memory := verdict.ControlVerdict{Arm: scenario.MemoryArm, Outcome: verdict.Holds}
	for want, controls := range map[string][]verdict.ControlVerdict{
		"":                                      nil,
		"  controls that hold: MEMORY 1 of 1\n": {memory},
		"  controls that hold: A-A 0 of 1, MEMORY 1 of 1\n": {{Arm: scenario.AAArm, Outcome: verdict.Fails}, memory},
		"  controls that hold: A-A 1 of 3 (1 too noisy), MEMORY 1 of 1\n": {
			{Arm: scenario.AAArm, Outcome: verdict.Holds}, {Arm: scenario.AAArm, Outcome: verdict.TooNoisy}, {Arm: scenario.AAArm, Outcome: verdict.Fails}, memory,
		},
	} {
		var out strings.Builder
		if closingControls(&out, &verdict.Verdict{Controls: controls}); out.String() != want {
			t.Errorf("%q, want %q", &out, want)
		}
	}
}

// TestClosingGrowthHasItsUnit: the measured and the claimed figure each have it.
func TestClosingGrowthHasItsUnit(t *testing.T) {
	t.Parallel()
	var closing strings.Builder
	closingClaim(&closing, reporttest.GrowthClaim(comparison.Difference))
	if n := strings.Count(closing.String(), " per 1,000 requests"); n != 2 {
		t.Errorf("the terminal says %d times what growth is for, want 2: %s", n, &closing)
	}
}

package bench

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/verdict"
)

// TestDescribeUnproven: the message names the outcome and its meaning, which no other
// outcome has.
func TestDescribeUnproven(t *testing.T) {
	used := map[string]verdict.Outcome{}
	for _, o := range []verdict.Outcome{verdict.Refuted, verdict.Inconclusive, verdict.NothingClaimed, verdict.Failed, verdict.Invalid} {
		meaning := outcomeMeanings[o]
		if text := describeUnproven("x.yaml", &verdict.Verdict{Outcome: o}); !strings.Contains(text, string(o)) || !strings.Contains(text, meaning) {
			t.Errorf("%s: %s", o, text)
		}
		if other, twice := used[meaning]; twice || meaning == "" {
			t.Errorf("%s: %q, as %s", o, meaning, other)
		}
		used[meaning] = o
	}
}

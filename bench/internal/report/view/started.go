package view

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/verdict"
)

// StartedFact is the row with the trials that were started, by arm, and the repeats among
// them: "before 7 (1 repeat), after 6". A verdict without trials has none.
func StartedFact(v *verdict.Verdict) (facts []Fact) {
	var arms []string
	for _, a := range v.Started {
		arm := fmt.Sprintf("%s %d", a.Arm, a.Started)
		if a.Repeats > 0 {
			arm += " (" + Plural(a.Repeats, "repeat") + ")"
		}
		arms = append(arms, arm)
	}
	if len(arms) == 0 {
		return nil
	}
	return []Fact{{"trials started", strings.Join(arms, ", ")}}
}

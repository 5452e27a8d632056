package view

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/study"
)

// ComparedRuns says what the intervals of a comparison include, a line for each number of
// runs. It names the claims where they have different numbers.
func ComparedRuns(c *study.Compared) (lines []string) {
	var kinds []string
	claims := map[string][]string{}
	for _, claim := range c.Claims {
		kind := comparedKind(claim.RunsA, claim.RunsB)
		if claims[kind] == nil {
			kinds = append(kinds, kind)
		}
		claims[kind] = append(claims[kind], claim.A.ID)
	}
	for _, kind := range kinds {
		if len(kinds) > 1 {
			kind = strings.Join(claims[kind], ", ") + ": " + kind
		}
		lines = append(lines, kind)
	}
	return lines
}

func comparedKind(a, b int) string {
	const alone = "%s is one run, taken to scatter from run to run as the %d runs of %s do"
	switch {
	case a == 1 && b == 1:
		return "A and B are one run each: the intervals hold within these two runs, not for other runs"
	case a == 1:
		return fmt.Sprintf(alone, "A", b, "B")
	case b == 1:
		return fmt.Sprintf(alone, "B", a, "A")
	}
	return fmt.Sprintf("between runs: A has %d, B has %d", a, b)
}

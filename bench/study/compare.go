package study

import (
	"fmt"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/verdict"
)

// Compared is the comparison of two runs, or two studies, of the same question.
type Compared struct {
	Claims []ComparedClaim
	// Relative lists the differences between the machines. If there are any, only
	// claims with a comparison within each run are compared, and no absolute figures.
	Relative []string
	// Apart says why claims on memory are left out: the runs have different memory
	// bases. Empty if they have the same.
	Apart  string
	Builds []string // says of each variant whether its binary is the same in both
}

// ComparedClaim is one claim on both sides. A and B are the answers of the run where
// there is one, else over the runs.
type ComparedClaim struct {
	A, B         verdict.ClaimVerdict
	RunsA, RunsB int // how many runs answer it
	// Effect is the change from A to B, see [stats.CompareRuns]. It is a factor if the
	// claim is a reduction or a ratio (1.05: 5% more remains in B), else an amount in the
	// metric's unit.
	comparison.Effect
	Factor bool
	Differ bool // the interval excludes "no change"
}

// NotComparable lists the reasons why two runs cannot be compared.
type NotComparable struct{ Why []string }

func (e NotComparable) Error() string {
	return "these runs can't be compared:\n  " + strings.Join(e.Why, "\n  ")
}

// Compare compares the claims that two runs or studies share. It refuses sides that
// asked different questions, with the reasons: see [NotComparable]. Runs of a study that
// have no valid figures are left out.
func Compare(a, b Side) (*Compared, error) {
	a, whyA := a.fit()
	b, whyB := b.fit()
	why := slices.Concat(whyA, whyB)
	if len(why) == 0 {
		why = differentParts(a.Runs[0].Run.Scenario, b.Runs[0].Run.Scenario)
	}
	if len(why) > 0 {
		return nil, NotComparable{why}
	}
	c := &Compared{
		Relative: differentFacts(a, b), Apart: differentBases(a, b),
		Builds: builds(a.Runs[0].Run.Meta.Machine, b.Runs[0].Run.Meta.Machine),
	}
	for _, ca := range a.Runs[0].Verdict.Claims {
		answersA, answersB := a.answers(ca), b.answers(ca)
		switch {
		case len(answersA) == 0, len(answersB) == 0:
			continue // one of the two has no answer
		case len(c.Relative) > 0 && ca.Comparison.Facts().Own == nil, c.Apart != "" && ca.Metric.ByBasis():
			continue
		}
		claim, err := compareClaim(answersA, answersB)
		if err != nil {
			return nil, err
		}
		c.Claims = append(c.Claims, claim)
	}
	if len(c.Claims) == 0 {
		why := append([]string{"they share no claim that can be compared"}, c.Relative...)
		return nil, NotComparable{slices.DeleteFunc(append(why, c.Apart), func(line string) bool { return line == "" })}
	}
	return c, nil
}

// compareClaim computes the interval of the change on the scale on which the claim's
// blocks are averaged.
func compareClaim(a, b []*verdict.ClaimVerdict) (ComparedClaim, error) {
	sideA, sideB := overRuns(a), overRuns(b)
	out := ComparedClaim{A: sideA.ClaimVerdict, B: sideB.ClaimVerdict, RunsA: len(a), RunsB: len(b), Factor: sideA.scale().Factor}
	e, err := stats.CompareRuns(sideA.runEstimates(a), sideB.runEstimates(b), comparison.Level)
	if err != nil {
		return out, fmt.Errorf("claim %s: %w", out.A.ID, err)
	}
	change := comparison.EffectOf(e) // on the scale
	out.Effect, out.Differ = sideA.scale().Effect(change), change.ClearOfZero()
	return out, nil
}

// overRuns returns the answer to a claim over the runs; of one run its own.
func overRuns(answers []*verdict.ClaimVerdict) Claim {
	c := Claim{ClaimVerdict: *answers[0]}
	if len(answers) > 1 {
		c.Level = Level
		c.Outcome = c.estimate(answers)
	}
	return c
}

// Package study answers claims over several runs, from the verdicts of these. It compares
// runs and studies with each other. It measures and judges no trial: what a run says stands
// in its verdict.
package study

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/verdict"
)

// Verdict answers the claims of a study.
type Verdict struct {
	Scenario string          `json:"scenario"`
	Outcome  verdict.Outcome `json:"outcome"` // of the primary claims together
	Because  string          `json:"because"`
	Runs     []Run           `json:"runs"` // every start, also the ones that do not count
	Claims   []Claim         `json:"claims"`
	Notes    []string        `json:"notes,omitempty"` // what is odd about the study's folder and its journal
}

// Run is a run of a study.
type Run struct {
	Number  int             `json:"run"`
	Outcome verdict.Outcome `json:"outcome,omitempty"` // empty: it has none
	Missing string          `json:"missing,omitempty"` // why it has no verdict: it goes on, was interrupted, its folder is gone

	Verdict *verdict.Verdict `json:"-"`
}

// The tests of a study: after each run from the second to the fifth, a quarter of 5% on
// each side. The quarters add up to 5% by Bonferroni's inequality, so adding runs until
// a claim is proven gains nothing. Later runs narrow the prediction and decide nothing.
const (
	firstTest = 2
	lastTest  = 5
	testError = 0.05 / (lastTest - firstTest + 1)

	// Level is the level of the two-sided intervals of primary claims.
	Level = 1 - 2*testError
)

// Judge answers the claims of a study. The runs are in the order of their numbers. A run
// that is INVALID, or that has no verdict, does not count. One that FAILED is a finding:
// more runs do not take it back.
func Judge(scenario string, runs []Run) *Verdict {
	v := &Verdict{Scenario: scenario, Runs: runs}
	for _, c := range v.asked() {
		v.Claims = append(v.Claims, v.claim(c))
	}
	v.Outcome, v.Because = v.overall()
	return v
}

// Answering returns the runs whose outcome is based on figures.
func (v *Verdict) Answering() (runs []Run) {
	for _, r := range v.Runs {
		if r.Verdict != nil && r.Outcome.Answers() {
			runs = append(runs, r)
		}
	}
	return runs
}

// asked returns the claims, from the first run that has any.
func (v *Verdict) asked() []verdict.ClaimVerdict {
	for _, r := range v.Runs {
		if r.Verdict != nil {
			return r.Verdict.Claims
		}
	}
	return nil
}

// answer returns the run's answer to a claim; nil if it has none with an interval.
func (r Run) answer(id string) *verdict.ClaimVerdict {
	if r.Verdict == nil || !r.Verdict.Outcome.Answers() && r.Verdict.Void {
		return nil
	}
	i := slices.IndexFunc(r.Verdict.Claims, func(c verdict.ClaimVerdict) bool { return c.ID == id })
	if i < 0 || r.Verdict.Claims[i].Low == nil || len(r.Verdict.Claims[i].PerBlock) < 2 {
		return nil
	}
	return &r.Verdict.Claims[i]
}

// level returns the level of an interval over runs. Secondary claims share their error.
func (v *Verdict) level(secondary bool) float64 {
	if secondary {
		return 1 - 2*testError/float64(v.number(true))
	}
	return Level
}

func (v *Verdict) number(secondary bool) (n int) {
	for _, c := range v.asked() {
		if c.Secondary == secondary && c.Calibrated == "" {
			n++
		}
	}
	return n
}

// overall combines the primary claims. REFUTED of the study needs a claim that is
// refuted at the error that all primary claims share (Bonferroni).
func (v *Verdict) overall() (verdict.Outcome, string) {
	for _, r := range v.Runs {
		if r.Outcome == verdict.Failed {
			return verdict.Failed, fmt.Sprintf("the service failed in run %d", r.Number)
		}
	}
	switch answering := v.Answering(); {
	case len(answering) == 0:
		return verdict.Invalid, "no run answers a claim"
	case v.number(false) == 0:
		return verdict.NothingClaimed, "nothing is claimed"
	}
	outcome, because := verdict.Proven, "all primary claims are proven over the runs"
	for _, c := range v.Claims {
		switch {
		case !c.IsPrimary(), c.Outcome == verdict.Proven:
		case c.Outcome == verdict.Refuted && v.refutedByAll(c):
			return verdict.Refuted, c.ID + " is refuted over the runs"
		default:
			outcome, because = verdict.Inconclusive, fmt.Sprintf("%s: %s", c.ID, c.Because)
		}
	}
	return outcome, because
}

// refutedByAll reports whether the claim is refuted at the error shared by all primary
// claims.
func (v *Verdict) refutedByAll(c Claim) bool {
	strict := c
	strict.Level = 1 - 2*testError/float64(v.number(false))
	var answers []*verdict.ClaimVerdict
	for _, r := range v.Runs {
		if a := r.answer(c.ID); a != nil && len(answers) < c.DecidedBy {
			answers = append(answers, a)
		}
	}
	return strict.estimate(answers) == verdict.Refuted
}

package view

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/study"
	"github.com/memproof/memproof/bench/verdict"
)

// StudyRuns counts the runs of a study in a line: "3 runs, of which 2 count (run 2
// INVALID)".
func StudyRuns(v *study.Verdict) string {
	var not []string
	for _, r := range v.Runs {
		switch {
		case r.Missing != "":
			not = append(not, fmt.Sprintf("run %d %s", r.Number, r.Missing))
		case !r.Outcome.Answers():
			not = append(not, fmt.Sprintf("run %d %s", r.Number, r.Outcome))
		}
	}
	line := Plural(len(v.Runs), "run")
	if len(not) > 0 {
		line += fmt.Sprintf(", of which %d count (%s)", len(v.Runs)-len(not), strings.Join(not, ", "))
	}
	return line
}

// StudyTitle is a study's answer in a few words: "PROVEN over 3 runs", "PROVEN within one
// run".
func StudyTitle(v *study.Verdict) string {
	switch answering := v.Answering(); {
	case v.Outcome == verdict.Failed || len(answering) == 0:
		return string(v.Outcome)
	case len(answering) == 1:
		return fmt.Sprintf("%s within one run", answering[0].Outcome)
	default:
		return fmt.Sprintf("%s over %d runs", v.Outcome, len(answering))
	}
}

// StudyLine is the answer of a study in one line: of what, how sure, in how many runs.
func StudyLine(v *study.Verdict) string {
	answering := v.Answering()
	switch {
	case v.Outcome == verdict.Failed || len(answering) == 0, v.Outcome == verdict.NothingClaimed:
		return fmt.Sprintf("%s: %s", StudyTitle(v), v.Because)
	case len(answering) == 1:
		return fmt.Sprintf("%s. Would another run find the same? The study answers from two runs on: run the scenario again", StudyTitle(v))
	}
	return fmt.Sprintf("%s, by %.4g%% intervals between runs: %s", StudyTitle(v), 100*study.Level, v.Because)
}

// StudyOutcome is the outcome of a claim, and of one run where the study has none.
func StudyOutcome(c study.Claim) string {
	if one := c.Within(); one != nil {
		return fmt.Sprintf("%s within one run", one.Outcome)
	}
	return string(c.Outcome)
}

// StudyFigure is what a study found of a claim. From the third run on it leads with the
// prediction.
func StudyFigure(c study.Claim) string {
	if c.Predicted != nil {
		return fmt.Sprintf("%s, another run %s", c.ShowEstimate(), c.ShowPredicted())
	}
	return StudyFigureOverRuns(c)
}

// StudyFigureOverRuns is a claim's mean over the runs with its interval; of one run its
// own.
func StudyFigureOverRuns(c study.Claim) string {
	if one := c.Within(); one != nil {
		return one.ShowMeasured()
	}
	return c.ShowMeasured()
}

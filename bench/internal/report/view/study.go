package view

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/verdict"
)

// StudyRuns counts the runs of a study in a line: "3 runs, of which 2 count (run 2
// INVALID)".
func StudyRuns(v *verdict.StudyVerdict) string {
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

// StudyFigure is what a study found of a claim. From the third run on it leads with the
// prediction.
func StudyFigure(c verdict.StudyClaim) string {
	switch {
	case c.Estimate == nil && len(c.PerRun) == 1:
		return c.Show(c.PerRun[0]) + " within one run"
	case c.Predicted != nil:
		return fmt.Sprintf("%s, another run %s", c.ShowEstimate(), c.ShowPredicted())
	}
	return c.ShowMeasured()
}

// StudyFigureOverRuns is a claim's mean over the runs with its interval.
func StudyFigureOverRuns(c verdict.StudyClaim) string {
	if c.Estimate == nil {
		return StudyFigure(c)
	}
	return c.ShowMeasured()
}

package study

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// Side is one side of a comparison: a run, or the runs of a study that have a verdict.
type Side struct {
	Dir  string
	Runs []JudgedRun
}

// JudgedRun is a run with its verdict.
type JudgedRun struct {
	Run     *record.Run
	Verdict *verdict.Verdict
}

// SideOf judges a run, to be compared on its own.
func SideOf(run *record.Run) (Side, error) {
	v, err := verdict.Judge(run)
	return Side{run.Dir, []JudgedRun{{run, v}}}, err
}

// fit returns the side without the runs that cannot be compared with any other; why says
// so of each if none is left.
func (s Side) fit() (left Side, why []string) {
	left = Side{Dir: s.Dir}
	for _, r := range s.Runs {
		switch v := r.Verdict; {
		case v.Void:
			why = append(why, fmt.Sprintf("%s is %s: it has no valid figures", r.Run.Dir, v.Outcome))
		case v.Blocks < 2:
			why = append(why, fmt.Sprintf("%s has %d whole blocks: an interval needs two", r.Run.Dir, v.Blocks))
		default:
			left.Runs = append(left.Runs, r)
		}
	}
	if len(left.Runs) > 0 {
		return left, nil
	}
	if len(s.Runs) == 0 {
		why = []string{s.Dir + " is a study in which no run has a verdict"}
	}
	return left, why
}

// answers returns the runs' answers to a claim of that question.
func (s Side) answers(of verdict.ClaimVerdict) (all []*verdict.ClaimVerdict) {
	for _, r := range s.Runs {
		i := slices.IndexFunc(r.Verdict.Claims, func(c verdict.ClaimVerdict) bool {
			return c.Metric == of.Metric && c.Comparison == of.Comparison && c.Variant == of.Variant && c.Baseline == of.Baseline
		})
		if i >= 0 && r.Verdict.Claims[i].Estimate != nil {
			all = append(all, &r.Verdict.Claims[i])
		}
	}
	return all
}

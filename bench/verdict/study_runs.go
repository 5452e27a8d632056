package verdict

import "slices"

// Answering returns the runs whose outcome is based on figures.
func (s *StudyVerdict) Answering() (runs []StudyRun) {
	for _, r := range s.Runs {
		if r.Verdict != nil && r.Outcome.Answers() {
			runs = append(runs, r)
		}
	}
	return runs
}

// Within returns the answer within one run, of a claim that one run answers; else nil.
func (c *StudyClaim) Within() *ClaimVerdict { return c.within }

// answer returns the run's answer to a claim; nil if it has none with an interval.
func (r StudyRun) answer(id string) *ClaimVerdict {
	if r.Verdict == nil || !r.Verdict.Outcome.Answers() && r.Verdict.Void {
		return nil
	}
	i := slices.IndexFunc(r.Verdict.Claims, func(c ClaimVerdict) bool { return c.ID == id })
	if i < 0 || r.Verdict.Claims[i].Low == nil || len(r.Verdict.Claims[i].PerBlock) < 2 {
		return nil
	}
	return &r.Verdict.Claims[i]
}

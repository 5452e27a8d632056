package verdict

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
)

// StudyVerdict answers the claims of a study from the verdicts of its runs.
type StudyVerdict struct {
	Scenario string       `json:"scenario"`
	Outcome  Outcome      `json:"outcome"` // of the primary claims together
	Because  string       `json:"because"`
	Runs     []StudyRun   `json:"runs"` // every start, also the ones that do not count
	Claims   []StudyClaim `json:"claims"`
	Notes    []string     `json:"notes,omitempty"` // what is odd about the study's folder and its journal
}

// StudyRun is a run of a study.
type StudyRun struct {
	Number  int     `json:"run"`
	Outcome Outcome `json:"outcome,omitempty"` // empty: it has none
	Missing string  `json:"missing,omitempty"` // why it has no verdict: it goes on, was interrupted, its folder is gone

	Verdict *Verdict `json:"-"`
}

// StudyClaim is the answer to a claim over the runs of a study. Estimate, Low and High
// are those of the mean over runs.
type StudyClaim struct {
	ClaimVerdict
	Runs   []int     `json:"runs"`    // numbers of the runs that count
	PerRun []float64 `json:"per_run"` // their estimates
	// Predicted is where the estimate of one further run of as many blocks would lie
	// with 95%; nil before the third run, and for a count or a share of errors.
	Predicted *comparison.Effect `json:"predicted,omitempty"`
	// DecidedBy is the number of runs that decided the claim: an answer stands, later
	// runs do not take it back. 0 while it is open.
	DecidedBy int `json:"decided_by,omitempty"`

	within *ClaimVerdict // the answer of the one run that has one
}

// The tests of a study: after each run from the second to the fifth, a quarter of 5% on
// each side. The quarters add up to 5% by Bonferroni's inequality, so adding runs until
// a claim is proven gains nothing. Later runs narrow the prediction and decide nothing.
const (
	firstTest  = 2
	lastTest   = 5
	studyError = 0.05 / (lastTest - firstTest + 1)

	// StudyLevel is the level of the two-sided intervals of primary claims.
	StudyLevel = 1 - 2*studyError
)

// predictionLevel is the level of the prediction, and predictedFrom the fewest runs
// that give one: of two, whose t has one degree of freedom, it says nothing.
const (
	predictionLevel = 0.95
	predictedFrom   = 3
)

// JudgeStudy answers the claims of a study. The runs are in the order of their numbers.
// A run that is INVALID, or that has no verdict, does not count. One that FAILED is a
// finding: more runs do not take it back.
func JudgeStudy(scenario string, runs []StudyRun) *StudyVerdict {
	s := &StudyVerdict{Scenario: scenario, Runs: runs}
	for _, c := range s.asked() {
		s.Claims = append(s.Claims, s.claim(c))
	}
	s.Outcome, s.Because = s.overall()
	return s
}

// asked returns the claims, from the first run that has any.
func (s *StudyVerdict) asked() []ClaimVerdict {
	for _, r := range s.Runs {
		if r.Verdict != nil {
			return r.Verdict.Claims
		}
	}
	return nil
}

// claim answers one claim over the runs.
func (s *StudyVerdict) claim(c ClaimVerdict) StudyClaim {
	var answers []*ClaimVerdict
	out := StudyClaim{ClaimVerdict: ClaimVerdict{
		ID: c.ID, Statement: c.Statement, Metric: c.Metric, Variant: c.Variant, Baseline: c.Baseline, Comparison: c.Comparison,
		AtLeast: c.AtLeast, AtMost: c.AtMost, Secondary: c.Secondary, BoundBecause: c.BoundBecause, Calibrated: c.Calibrated, Outcome: Inconclusive, Level: s.level(c.Secondary),
	}}
	for _, r := range s.Runs {
		if a := r.answer(c.ID); a != nil {
			answers = append(answers, a)
			out.Runs, out.PerRun = append(out.Runs, r.Number), append(out.PerRun, *a.Estimate)
		}
	}
	if len(answers) < firstTest {
		out.Because = needsRuns(answers)
		if len(answers) == 1 {
			out.within = answers[0]
		}
		out.settle()
		return out
	}
	for k := firstTest; k <= len(answers); k++ {
		answer := out.estimate(answers[:k])
		if out.DecidedBy == 0 && k <= lastTest && answer != Inconclusive {
			out.Outcome, out.DecidedBy = answer, k
		}
	}
	out.predict(answers)
	out.Because = out.sentence()
	out.settle()
	return out
}

func needsRuns(answers []*ClaimVerdict) string {
	if len(answers) == 0 {
		return "no run answers it"
	}
	return fmt.Sprintf("%s within one run (%s); a study needs two", answers[0].Outcome, answers[0].ShowMeasured())
}

// level returns the level of an interval over runs. Secondary claims share their error.
func (s *StudyVerdict) level(secondary bool) float64 {
	if secondary {
		return 1 - 2*studyError/float64(s.number(true))
	}
	return StudyLevel
}

func (s *StudyVerdict) number(secondary bool) (n int) {
	for _, c := range s.asked() {
		if c.Secondary == secondary && c.Calibrated == "" {
			n++
		}
	}
	return n
}

// estimate sets the estimate over these runs and returns what it says of the bound. A
// count is decided by every trial, a share of errors by every run.
func (c *StudyClaim) estimate(answers []*ClaimVerdict) Outcome {
	if answers[0].Count != nil || answers[0].Metric.IsErrors() {
		return c.everyRun(answers)
	}
	in, err := stats.AcrossRuns(c.runEstimates(answers), c.Level)
	if err != nil {
		c.Notes = append(c.Notes, err.Error())
		return Inconclusive
	}
	estimate, low, high := c.scale().Back(in)
	c.Estimate, c.Low, c.High = &estimate, &low, &high
	return c.outcomeOf(low, high)
}

// runEstimates returns each run's mean on the comparison's scale.
func (c *StudyClaim) runEstimates(answers []*ClaimVerdict) (runs []stats.RunEstimate) {
	for _, a := range answers {
		xs := make([]float64, len(a.PerBlock))
		for i, x := range a.PerBlock {
			xs[i] = c.scale().To(x)
		}
		in, err := stats.MeanInterval(xs, c.Level)
		if err != nil {
			in.Mean = math.NaN() // refused by AcrossRuns, with its message
		}
		runs = append(runs, stats.RunEstimate{Mean: in.Mean, SD: in.SD, N: len(xs)})
	}
	return runs
}

// everyRun is PROVEN if each run is, and REFUTED if one is.
func (c *StudyClaim) everyRun(answers []*ClaimVerdict) Outcome {
	var estimates []float64
	low, high := *answers[0].Low, *answers[0].High
	proven, refuted := true, false
	for _, a := range answers {
		estimates = append(estimates, *a.Estimate)
		low, high = min(low, *a.Low), max(high, *a.High)
		proven = proven && (a.Outcome == Proven || a.Outcome == AsSet)
		refuted = refuted || a.Outcome == Refuted || a.Outcome == NotAsSet
	}
	mean := stats.Mean(estimates)
	c.Estimate, c.Low, c.High, c.Count = &mean, &low, &high, answers[0].Count
	switch {
	case refuted:
		return Refuted
	case proven:
		return Proven
	}
	return Inconclusive
}

// predict sets the interval for a further run.
func (c *StudyClaim) predict(answers []*ClaimVerdict) {
	if len(answers) < predictedFrom || c.Count != nil || c.Metric.IsErrors() {
		return
	}
	means := make([]float64, len(answers))
	for i, run := range c.runEstimates(answers) {
		means[i] = run.Mean
	}
	if in, err := stats.Prediction(means, predictionLevel); err == nil {
		change, low, high := c.scale().Back(in)
		c.Predicted = &comparison.Effect{Change: change, Low: low, High: high}
	}
}

// sentence states the figure over the runs, the claimed one and what another run would
// find.
func (c *StudyClaim) sentence() string {
	s := fmt.Sprintf("over %d runs %s %s (%s, %s); claimed: %s", len(c.Runs), c.Comparison, c.ShowEstimate(), c.ShowInterval(), c.intervalName(), c.ShowBound())
	if c.Predicted != nil {
		s += "; another run would find " + c.ShowPredicted()
	}
	return s
}

func (c *StudyClaim) intervalName() string {
	if c.Count != nil || c.Metric.IsErrors() {
		return "of every run"
	}
	return fmt.Sprintf("%.4g%% interval", 100*c.Level)
}

// ShowPredicted returns the prediction in words: "40.0% to 49.9%".
func (c *StudyClaim) ShowPredicted() string {
	if c.Predicted == nil {
		return "not known: it takes three runs"
	}
	return c.withSuffix(c.Show(c.Predicted.Low) + " to " + c.Show(c.Predicted.High))
}

// overall combines the primary claims. REFUTED of the study needs a claim that is
// refuted at the error that all primary claims share (Bonferroni).
func (s *StudyVerdict) overall() (Outcome, string) {
	for _, r := range s.Runs {
		if r.Outcome == Failed {
			return Failed, fmt.Sprintf("the service failed in run %d", r.Number)
		}
	}
	switch answering := s.Answering(); {
	case len(answering) == 0:
		return Invalid, "no run answers a claim"
	case s.number(false) == 0:
		return NothingClaimed, "nothing is claimed"
	}
	outcome, because := Proven, "all primary claims are proven over the runs"
	for _, c := range s.Claims {
		switch {
		case !c.IsPrimary(), c.Outcome == Proven:
		case c.Outcome == Refuted && s.refutedByAll(c):
			return Refuted, c.ID + " is refuted over the runs"
		default:
			outcome, because = Inconclusive, fmt.Sprintf("%s: %s", c.ID, c.Because)
		}
	}
	return outcome, because
}

// refutedByAll reports whether the claim is refuted at the error shared by all primary
// claims.
func (s *StudyVerdict) refutedByAll(c StudyClaim) bool {
	strict := c
	strict.Level = 1 - 2*studyError/float64(s.number(false))
	var answers []*ClaimVerdict
	for _, r := range s.Runs {
		if a := r.answer(c.ID); a != nil && len(answers) < c.DecidedBy {
			answers = append(answers, a)
		}
	}
	return strict.estimate(answers) == Refuted
}

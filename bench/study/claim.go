package study

import (
	"fmt"
	"math"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/verdict"
)

// Claim is the answer to a claim over the runs of a study. Estimate, Low and High are those
// of the mean over runs.
type Claim struct {
	verdict.ClaimVerdict
	Runs   []int     `json:"runs"`    // numbers of the runs that count
	PerRun []float64 `json:"per_run"` // their estimates
	// Predicted is where the estimate of one further run of as many blocks would lie
	// with 95%; nil before the third run, and for a count or a share of errors.
	Predicted *comparison.Effect `json:"predicted,omitempty"`
	// DecidedBy is the number of runs that decided the claim: an answer stands, later
	// runs do not take it back. 0 while it is open.
	DecidedBy int `json:"decided_by,omitempty"`

	within *verdict.ClaimVerdict // the answer of the one run that has one
}

// predictionLevel is the level of the prediction, and predictedFrom the fewest runs
// that give one: of two, whose t has one degree of freedom, it says nothing.
const (
	predictionLevel = 0.95
	predictedFrom   = 3
)

// Within returns the answer within one run, of a claim that one run answers; else nil.
func (c *Claim) Within() *verdict.ClaimVerdict { return c.within }

// claim answers one claim over the runs.
func (v *Verdict) claim(c verdict.ClaimVerdict) Claim {
	var answers []*verdict.ClaimVerdict
	out := Claim{ClaimVerdict: verdict.ClaimVerdict{
		ID: c.ID, Statement: c.Statement, Metric: c.Metric, Variant: c.Variant, Baseline: c.Baseline, Comparison: c.Comparison,
		AtLeast: c.AtLeast, AtMost: c.AtMost, Secondary: c.Secondary, BoundBecause: c.BoundBecause, Calibrated: c.Calibrated,
		Outcome: verdict.Inconclusive, Level: v.level(c.Secondary),
	}}
	for _, r := range v.Runs {
		if a := r.answer(c.ID); a != nil {
			answers = append(answers, a)
			out.Runs, out.PerRun = append(out.Runs, r.Number), append(out.PerRun, *a.Estimate)
		}
	}
	out.judge(answers)
	out.Settle()
	return out
}

// judge tests the claim after each run, as often as a study does.
func (c *Claim) judge(answers []*verdict.ClaimVerdict) {
	if len(answers) < firstTest {
		c.Because = needsRuns(answers)
		if len(answers) == 1 {
			c.within = answers[0]
		}
		return
	}
	for k := firstTest; k <= len(answers); k++ {
		answer := c.estimate(answers[:k])
		if c.DecidedBy == 0 && k <= lastTest && answer != verdict.Inconclusive {
			c.Outcome, c.DecidedBy = answer, k
		}
	}
	c.predict(answers)
	c.Because = c.sentence()
}

func needsRuns(answers []*verdict.ClaimVerdict) string {
	if len(answers) == 0 {
		return "no run answers it"
	}
	return fmt.Sprintf("%s within one run (%s); a study needs two", answers[0].Outcome, answers[0].ShowMeasured())
}

// estimate sets the estimate over these runs and returns what it says of the bound. A
// count is decided by every trial, a share of errors by every run. So is a figure that is
// the same in every block of every run: its interval would have no width.
func (c *Claim) estimate(answers []*verdict.ClaimVerdict) verdict.Outcome {
	if byEveryRun(answers) {
		return c.everyRun(answers)
	}
	c.Count = nil
	in, err := stats.AcrossRuns(c.runEstimates(answers), c.Level)
	if err != nil {
		c.Notes = append(c.Notes, err.Error())
		return verdict.Inconclusive
	}
	estimate, low, high := c.scale().Back(in)
	c.Estimate, c.Low, c.High = &estimate, &low, &high
	return c.OutcomeOf(low, high)
}

func byEveryRun(answers []*verdict.ClaimVerdict) bool {
	first := answers[0]
	if first.Metric.IsErrors() {
		return true
	}
	for _, a := range answers {
		if a.Count == nil {
			return false
		}
		if a.Count.Equal && !stats.AreEqual([]float64{*first.Estimate, *a.Estimate}, math.Abs(*first.Estimate)) {
			return false // the runs differ, and tell how much
		}
	}
	return true
}

func (c *Claim) scale() comparison.Scale { return comparison.Of(c.Comparison).Scale(c.Metric) }

// runEstimates returns each run's mean on the comparison's scale.
func (c *Claim) runEstimates(answers []*verdict.ClaimVerdict) (runs []stats.RunEstimate) {
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
func (c *Claim) everyRun(answers []*verdict.ClaimVerdict) verdict.Outcome {
	var estimates []float64
	low, high := *answers[0].Low, *answers[0].High
	proven, refuted := true, false
	for _, a := range answers {
		estimates = append(estimates, *a.Estimate)
		low, high = min(low, *a.Low), max(high, *a.High)
		proven = proven && (a.Outcome == verdict.Proven || a.Outcome == verdict.AsSet)
		refuted = refuted || a.Outcome == verdict.Refuted || a.Outcome == verdict.NotAsSet
	}
	mean := stats.Mean(estimates)
	c.Estimate, c.Low, c.High, c.Count = &mean, &low, &high, answers[0].Count
	switch {
	case refuted:
		return verdict.Refuted
	case proven:
		return verdict.Proven
	}
	return verdict.Inconclusive
}

// predict sets the interval for a further run.
func (c *Claim) predict(answers []*verdict.ClaimVerdict) {
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
func (c *Claim) sentence() string {
	s := fmt.Sprintf("over %d runs %s %s (%s, %s); claimed: %s", len(c.Runs), c.Comparison, c.ShowEstimate(), c.ShowInterval(), c.intervalName(), c.ShowBound())
	if c.Predicted != nil {
		s += "; another run would find " + c.ShowPredicted()
	}
	return s
}

func (c *Claim) intervalName() string {
	if c.Count != nil || c.Metric.IsErrors() {
		return "of every run"
	}
	return fmt.Sprintf("%.4g%% interval", 100*c.Level)
}

// ShowPredicted returns the prediction in words: "40.0% to 49.9%".
func (c *Claim) ShowPredicted() string {
	if c.Predicted == nil {
		return "not known: it takes three runs"
	}
	further := c.ClaimVerdict
	further.Low, further.High = &c.Predicted.Low, &c.Predicted.High
	return further.ShowInterval()
}

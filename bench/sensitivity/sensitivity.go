// Package sensitivity shows what the answer to a claim on memory depends on: the figure
// that is compared (mean, peak, idle), the part of the load that is measured, the baseline,
// and whether memory was steady. It decides nothing. All that it tries is fixed here, and
// no result of a run chooses it.
package sensitivity

import (
	"slices"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// Sensitivity is what the answers of a run depend on.
type Sensitivity struct {
	Claims []ClaimFigures `json:"claims,omitempty"` // each claim that compares memory and has an answer
	// Headline is the id of the claim that Slices and Analyses are of: see [Headline].
	Headline string `json:"headline,omitempty"`
	// Absent says why there are no slices and analyses; empty if there are.
	Absent     string       `json:"absent,omitempty"`
	Slices     []Slice      `json:"slices,omitempty"`
	Analyses   []Analysis   `json:"analyses,omitempty"`
	Steadiness []Steadiness `json:"steadiness,omitempty"` // by variant
}

// Answer is a claim's answer by one analysis, in the unit of the claim's comparison.
type Answer struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"` // of the interval at the claim's level
	High     float64 `json:"high"`
	// DecidedLow and DecidedHigh are the ends after the A/A margin moved them outward, as
	// they meet the bound; nil without such a margin, where Low and High do.
	DecidedLow  *float64 `json:"decided_low,omitempty"`
	DecidedHigh *float64 `json:"decided_high,omitempty"`
	Outcome     string   `json:"outcome"` // one of the verdict's
}

// Decided returns the ends that met the bound.
func (a Answer) Decided() (low, high float64) {
	if a.DecidedLow == nil || a.DecidedHigh == nil {
		return a.Low, a.High
	}
	return *a.DecidedLow, *a.DecidedHigh
}

// Judge answers a claim from blocks whose trials hold nothing but the claim's metric.
// pooledWith is the arm that the baseline is pooled with, empty for none. ok is false if
// the blocks give no interval.
type Judge func(c scenario.Claim, pooledWith string, blocks []measure.Block) (a Answer, ok bool)

// Run is a run whose claims were tested.
type Run struct {
	Scenario *scenario.Scenario
	Answers  func(claim string) bool                             // whether the claim of that id has an answer
	Counted  func(m metric.Name, arms ...string) []measure.Block // the blocks that count for the metric
	Blocks   func(c scenario.Claim) []measure.Block              // the blocks that the claim was answered from
	Judge    Judge
}

// Of says what the answers of the run depend on.
func Of(run Run) *Sensitivity {
	sc := run.Scenario
	out := &Sensitivity{Steadiness: run.steadiness()}
	switch headline, compares := Headline(sc); {
	case !compares:
		out.Absent = "no primary claim compares the mean or the peak of memory"
	case !run.Answers(headline.ID):
		out.Absent = "the claim has no answer"
	default:
		q := run.question(headline)
		out.Headline, out.Slices, out.Analyses = headline.ID, Slices(q, sc), Analyse(q, sc)
	}
	for _, c := range sc.Claims {
		if f, ok := CompareFigures(run.question(c)); ok && run.Answers(c.ID) {
			out.Claims = append(out.Claims, f)
		}
	}
	return out
}

// question asks a claim again, of the blocks that it was answered from.
func (r Run) question(c scenario.Claim) Question {
	q := Question{Claim: c, Blocks: r.Blocks(c), Judge: r.Judge}
	if r.Scenario.Pools(c) {
		q.PooledWith = scenario.AAArm
	}
	return q
}

// Question is a claim with the blocks that count for it.
type Question struct {
	Claim      scenario.Claim
	PooledWith string // see [Judge]
	Blocks     []measure.Block
	Judge      Judge
}

// figure takes a figure from a trial.
type figure func(measure.TrialResult) (x float64, ok bool)

func metricFigure(m metric.Name) figure {
	return func(t measure.TrialResult) (x float64, ok bool) {
		x, ok = t.Figures[m]
		return x, ok
	}
}

// answer judges the claim with another figure in place of its metric's, and another
// baseline. It is not ok if a trial lacks the figure.
func (q Question) answer(by figure, against baseline) (a Answer, ok bool) {
	arms := map[string]string{q.Claim.Variant: q.Claim.Variant, q.Claim.Baseline: against.arm}
	if against.pooledWith != "" {
		arms[against.pooledWith] = against.pooledWith
	}
	blocks := make([]measure.Block, len(q.Blocks))
	for i, b := range q.Blocks {
		blocks[i] = measure.Block{}
		for role, arm := range arms {
			x, ok := by(b[arm])
			if !ok {
				return Answer{}, false
			}
			blocks[i][role] = measure.TrialResult{Block: b[arm].Block, Figures: map[metric.Name]float64{q.Claim.Metric: x}}
		}
	}
	return q.Judge(q.Claim, against.pooledWith, blocks)
}

// baseline is what the variant is compared with.
type baseline struct{ name, arm, pooledWith string }

// own is the claim's own baseline.
func (q Question) own() baseline { return q.baselines()[0] }

// baselines returns the claim's own first. If that is pooled, each of its two arms could
// have been the only one.
func (q Question) baselines() []baseline {
	alone := baseline{name: q.Claim.Baseline, arm: q.Claim.Baseline}
	if q.PooledWith == "" {
		return []baseline{alone}
	}
	both := baseline{alone.name + " and " + q.PooledWith, alone.arm, q.PooledWith}
	return []baseline{both, alone, {name: q.PooledWith, arm: q.PooledWith}}
}

// The figures of memory that a claim could have compared, in the order of the table.
var figures = []metric.Name{metric.MemoryMean, metric.MemoryPeak, metric.MemoryIdle, metric.WorkingSetMean}

// ClaimFigures is one claim by each figure of memory.
type ClaimFigures struct {
	ID      string         `json:"id"`
	Figures []FigureAnswer `json:"figures"`
}

// FigureAnswer is a claim's answer if it had been made of that metric, with the same bound.
type FigureAnswer struct {
	Metric metric.Name `json:"metric"`
	Answer *Answer     `json:"answer,omitempty"`
	Absent string      `json:"absent,omitempty"` // why there is none
}

// CompareFigures answers the claim by each figure of memory. ok is false for a claim that
// compares no such figure.
func CompareFigures(q Question) (c ClaimFigures, ok bool) {
	kind, _ := q.Claim.Comparison()
	if !kind.Facts().Baseline || !slices.Contains(figures, q.Claim.Metric) {
		return c, false
	}
	c.ID = q.Claim.ID
	for _, m := range figures {
		f := FigureAnswer{Metric: m}
		if a, ok := q.answer(metricFigure(m), q.own()); ok {
			f.Answer = &a
		} else {
			f.Absent = q.whyAbsent(m)
		}
		c.Figures = append(c.Figures, f)
	}
	return c, true
}

// whyAbsent is the first reason why a trial of the claim lacks the metric.
func (q Question) whyAbsent(m metric.Name) string {
	for _, b := range q.Blocks {
		for _, arm := range []string{q.Claim.Variant, q.Claim.Baseline, q.PooledWith} {
			if why := b[arm].Absent[m]; why != "" {
				return why
			}
		}
	}
	return "the blocks give no interval"
}

// Of returns the answer by that metric.
func (c ClaimFigures) Of(m metric.Name) (a Answer, ok bool) {
	i := slices.IndexFunc(c.Figures, func(f FigureAnswer) bool { return f.Metric == m && f.Answer != nil })
	if i < 0 {
		return a, false
	}
	return *c.Figures[i].Answer, true
}

// Headline returns the claim that is examined over the load: the first primary one that
// compares the mean or the peak of memory. Memory before the load has no window.
func Headline(sc *scenario.Scenario) (c scenario.Claim, ok bool) {
	i := slices.IndexFunc(sc.Claims, func(c scenario.Claim) bool {
		kind, _ := c.Comparison()
		return !c.Secondary && c.Calibrated == "" && kind.Facts().Baseline && (c.Metric == metric.MemoryMean || c.Metric == metric.MemoryPeak)
	})
	if i < 0 {
		return c, false
	}
	return sc.Claims[i], true
}

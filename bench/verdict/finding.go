package verdict

import (
	"fmt"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
)

// Finding is one answer: the question, the outcome, and its certainty.
type Finding struct {
	Question string  `json:"question"`
	Outcome  Outcome `json:"outcome"`
	// Estimate, Low and High are in Unit; nil if they could not be computed. The
	// interval is two-sided, at Level.
	Estimate *float64    `json:"estimate,omitempty"`
	Low      *float64    `json:"low,omitempty"`
	High     *float64    `json:"high,omitempty"`
	Level    float64     `json:"level,omitempty"`
	Unit     metric.Unit `json:"unit"`
	Because  string      `json:"because"` // one sentence
	Warnings []string    `json:"warnings,omitempty"`
}

// Findings returns the answers to the claims.
func (v *Verdict) Findings() (all []Finding) {
	for _, c := range v.Claims {
		unit := c.Metric.Unit()
		if c.Comparison.Facts().Own != nil {
			unit = metric.UnitNumber
		}
		all = append(all, Finding{
			Question: c.Statement, Outcome: c.Outcome, Estimate: c.Estimate, Low: c.Low, High: c.High, Level: c.Level,
			Unit: unit, Because: c.Because, Warnings: c.Notes,
		})
	}
	return all
}

// CauseFindings returns the effect of each cause: its share of the total effect, or
// else its effect alone.
func (v *Verdict) CauseFindings() (all []Finding) {
	if v.Attribution == nil {
		return nil
	}
	for _, c := range v.Attribution.Causes {
		effect, what := c.Alone, "alone"
		if c.Shapley != nil {
			effect, what = *c.Shapley, "mean over all orders"
		}
		all = append(all, Finding{
			Question: fmt.Sprintf("%s of %s, %s", v.Attribution.Metric, c.Name, what), Outcome: NothingClaimed,
			Estimate: &effect.Change, Low: &effect.Low, High: &effect.High, Level: comparison.Level,
			Unit: v.Attribution.Metric.Unit(), Because: c.Because,
		})
	}
	return all
}

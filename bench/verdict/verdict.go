// Package verdict answers the claims of a run from the figures of its trials, checks the
// controls and shares an effect out among its causes. A verdict is a function of the
// run directory alone.
package verdict

import (
	"path/filepath"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
)

// Outcome is the answer to a claim, or to a whole run.
type Outcome string

// The outcomes.
const (
	Proven       Outcome = "PROVEN"       // the interval lies within the claim's bound
	Refuted      Outcome = "REFUTED"      // it lies outside
	Inconclusive Outcome = "INCONCLUSIVE" // it holds the bound: more blocks are needed
	Recorded     Outcome = "MEASURED"     // nothing is claimed, and all that was asked for was measured
	Invalid      Outcome = "INVALID"      // the measurement broke, see the reasons
	Failed       Outcome = "FAILED"       // the service died, was OOM-killed or lost work, see the reasons
)

// ExitCode is the process exit status that reports the outcome. Status 2 says that
// nothing was measured, and 130 that a person interrupted the run.
func (o Outcome) ExitCode() int {
	switch o {
	case Proven, Recorded:
		return 0
	case Refuted:
		return 1
	case Inconclusive:
		return 3
	case Failed:
		return 5
	default:
		return 4
	}
}

// Answers says that the outcome rests on figures. FAILED and INVALID don't.
func (o Outcome) Answers() bool { return o != Failed && o != Invalid }

// Verdict is the judgement of a run. It is a function of the run directory
// alone.
type Verdict struct {
	Scenario string  `json:"scenario"`
	Outcome  Outcome `json:"outcome"` // all claims together: see joined
	// MemoryBasis says what the memory metrics are made of: BasisCharged,
	// BasisUnreclaimable or BasisPSS.
	MemoryBasis string              `json:"memory_basis,omitempty"`
	Blocks      int                 `json:"blocks"`  // that count for every claim, up to Planned
	Planned     int                 `json:"planned"` // blocks of the look that was made or comes next
	Claims      []ClaimVerdict      `json:"claims"`
	Controls    []ControlVerdict    `json:"controls,omitempty"`    // none in a run from before there were controls
	Witnesses   []Witness           `json:"witnesses,omitempty"`   // claims and their replicates
	Attribution *AttributionVerdict `json:"attribution,omitempty"` // where the scenario asks for it
	Variants    []Summary           `json:"variants"`
	Trials      []measure.Measured  `json:"trials"`
	Reasons     []metric.Reason     `json:"reasons,omitempty"`   // what makes the run failed, invalid or incomplete
	Disturbed   []metric.Reason     `json:"disturbed,omitempty"` // why trials, or figures of them, do not count
	Notes       []metric.Reason     `json:"notes,omitempty"`     // what was seen and spoils nothing

	// Void says that no figure counts: a service failed, or too many blocks are
	// invalid.
	Void bool `json:"void,omitempty"`
	// CountedBlocks are the blocks that figures come from. A claim, or a metric,
	// may rest on some of them alone: see ClaimVerdict.Blocks and Counted.
	CountedBlocks []int `json:"counted_blocks"`

	withheld   []metric.Reason // controls that failed, with the metrics that they speak for
	sound      []measure.Block // in which no trial failed or lost all its figures
	measured   int             // blocks, sound or not
	spare      record.Spare    // what may still be run
	Reached    bool            `json:"-"` // the look: as many blocks count as were planned for it
	windowHits uint64          // that the schedule has
	levels     map[comparison.Kind]float64
}

// ClaimVerdict is the answer to one claim. Estimate, Low and High are in the
// unit of the comparison: a share for reduction and ratio (0.6 is 60%), the
// metric's base unit otherwise. They are nil where nothing could be computed.
type ClaimVerdict struct {
	ID         string          `json:"id"`
	Says       string          `json:"says"`
	Metric     metric.Name     `json:"metric"`
	Of         string          `json:"of"`
	Against    string          `json:"against,omitempty"`
	Comparison comparison.Kind `json:"comparison"`
	AtLeast    *float64        `json:"at_least,omitempty"`
	AtMost     *float64        `json:"at_most,omitempty"`

	// Secondary claims leave the outcome of the run to the others.
	Secondary bool `json:"secondary,omitempty"`

	Outcome  Outcome  `json:"outcome"`
	Estimate *float64 `json:"estimate,omitempty"`
	Low      *float64 `json:"low,omitempty"`
	High     *float64 `json:"high,omitempty"`
	// Level is that of the two-sided interval: 0.95, or 0.90 whose ends are
	// one-sided 95% bounds; higher where there are several looks.
	Level    float64   `json:"level"`
	PerBlock []float64 `json:"per_block,omitempty"` // the estimate of each of Blocks
	Blocks   []int     `json:"blocks,omitempty"`    // numbers of the blocks that count for this claim
	// Count is set where the metric is a count: then Low and High are the least and
	// the most of the trials, and there is no interval.
	Count *Counted `json:"count,omitempty"`
	// SignFlipP is the exact two-sided p-value of the bound nearest to the
	// estimate; it cannot go below 2^(1-blocks).
	SignFlipP *float64 `json:"sign_flip_p,omitempty"`
	// HolmP is, for a secondary claim, the p-value of its answer, adjusted for all
	// secondary claims of the run: above 5% it is none.
	HolmP *float64 `json:"holm_p,omitempty"`
	// MoreBlocks is how many blocks besides would likely decide an
	// inconclusive claim; 0 where no number can be given.
	MoreBlocks int      `json:"more_blocks,omitempty"`
	Because    string   `json:"because"` // one sentence
	Notes      []string `json:"notes,omitempty"`

	p float64 // of the answer, at 5%; 1 where there is none
}

// CoversNothing says whether the interval of a comparison covers no effect.
func (v *ClaimVerdict) CoversNothing() bool {
	facts := v.Comparison.Facts()
	return facts.Baseline && v.Low != nil && *v.Low <= facts.NoEffect && *v.High >= facts.NoEffect
}

// Summary is a metric of one variant over the valid blocks: the mean of the
// trials' figures with its 95% interval.
type Summary struct {
	Variant string      `json:"variant"`
	Metric  metric.Name `json:"metric"`
	Mean    float64     `json:"mean"`
	Low     *float64    `json:"low,omitempty"`
	High    *float64    `json:"high,omitempty"`
	Trials  int         `json:"trials"`
}

// Write leaves verdict.json in the run directory.
func (v *Verdict) Write(dir string) error {
	return record.WriteJSON(filepath.Join(dir, record.VerdictFile), v)
}

// Primary are the claims that the outcome of the run is of.
func (v *Verdict) Primary() []ClaimVerdict { return v.claimsThatAre(false) }

// Secondary are the claims beside the headline.
func (v *Verdict) Secondary() []ClaimVerdict { return v.claimsThatAre(true) }

func (v *Verdict) claimsThatAre(secondary bool) (some []ClaimVerdict) {
	for _, c := range v.Claims {
		if c.Secondary == secondary {
			some = append(some, c)
		}
	}
	return some
}

// Summary returns the summary of a variant's metric.
func (v *Verdict) Summary(variant string, m metric.Name) (Summary, bool) {
	for _, s := range v.Variants {
		if s.Variant == variant && s.Metric == m {
			return s, true
		}
	}
	return Summary{}, false
}

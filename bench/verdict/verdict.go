// Package verdict answers the claims of a run from the figures of its trials, and checks
// the controls. A verdict depends on the run directory only.
package verdict

import (
	"path/filepath"
	"slices"

	"github.com/memproof/memproof/bench/attribution"
	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/sensitivity"
)

// Outcome is the answer to a claim, or to a whole run.
type Outcome string

// The outcomes.
const (
	Proven         Outcome = "PROVEN"       // the interval lies within the claim's bound
	Refuted        Outcome = "REFUTED"      // the interval lies outside
	Inconclusive   Outcome = "INCONCLUSIVE" // the interval straddles the bound: more blocks are needed
	NothingClaimed Outcome = "MEASURED"     // there is no claim, and everything asked for was measured
	Invalid        Outcome = "INVALID"      // the measurement broke, see the reasons
	Failed         Outcome = "FAILED"       // the service died, was OOM-killed or lost work, see the reasons
)

// ExitCode returns the process exit status for the outcome. Other statuses: 2 means
// that nothing was measured, 130 that a person interrupted the run.
func (o Outcome) ExitCode() int {
	if code, ok := map[Outcome]int{Proven: 0, NothingClaimed: 0, Refuted: 1, Inconclusive: 3, Failed: 5}[o]; ok {
		return code
	}
	return 4 // INVALID
}

// Answers reports whether the outcome is based on figures. FAILED and INVALID are not.
func (o Outcome) Answers() bool { return o != Failed && o != Invalid }

// Verdict is all answers of a run.
type Verdict struct {
	Scenario string  `json:"scenario"`
	Outcome  Outcome `json:"outcome"` // all primary claims combined, see overallOutcome
	// MemoryBasis names the parts of the memory metrics: BasisCharged,
	// BasisUnreclaimable or BasisPSS.
	MemoryBasis  string                   `json:"memory_basis,omitempty"`
	Blocks       int                      `json:"blocks"`  // blocks that count for every claim that was open, at most Planned
	Planned      int                      `json:"planned"` // blocks of the analysis that was reached or comes next
	Claims       []ClaimVerdict           `json:"claims"`
	Controls     []ControlVerdict         `json:"controls,omitempty"`     // empty before two blocks
	Replications []Replication            `json:"replications,omitempty"` // claims and their replicates
	Attribution  *attribution.Attribution `json:"attribution,omitempty"`  // set if the scenario asks for it
	Variants     []Summary                `json:"variants"`
	Trials       []measure.TrialResult    `json:"trials"`
	Reasons      []metric.Reason          `json:"reasons,omitempty"`   // why the run is failed, invalid or incomplete
	Disturbed    []metric.Reason          `json:"disturbed,omitempty"` // why trials, or figures of them, do not count
	Notes        []metric.Reason          `json:"notes,omitempty"`     // remarks that spoil no figure
	Started      []ArmTrials              `json:"started,omitempty"`   // trials and repeats by arm

	// Sensitivity is what the answers depend on; nil if there are no answers.
	Sensitivity *sensitivity.Sensitivity `json:"sensitivity,omitempty"`

	// Void reports that no figure counts: a service failed, or too many blocks are
	// invalid.
	Void bool `json:"void,omitempty"`
	// CountedBlocks are the blocks that figures come from. A claim, or a metric, may
	// use only some of them: see ClaimVerdict.Blocks and Counted.
	CountedBlocks []int `json:"counted_blocks"`

	closed      map[string]ClaimVerdict // the claims that an earlier analysis answered, by id
	answers     map[string]ClaimVerdict // the claims as this analysis would answer them, by id
	withheld    []metric.Reason         // failed controls, with the metrics that they validate
	validBlocks []measure.Block         // no trial in them failed or lost all its figures
	measured    int                     // all blocks, valid or not
	stopped     []measure.TrialResult   // trials without figures that ended the run
	spare       record.Spare            // the blocks and repeats that may still run
	Reached     bool                    `json:"-"` // whether as many blocks count as the analysis needs
	windowHits  uint64                  // scheduled requests
	level       float64                 // of the claims' intervals
}

// ClaimVerdict is the answer to one claim. Estimate, Low and High are in the
// unit of the comparison: a share for reduction and ratio (0.6 is 60%), the
// metric's base unit otherwise. They are nil where nothing could be computed.
type ClaimVerdict struct {
	ID         string          `json:"id"`
	Statement  string          `json:"statement"`
	Metric     metric.Name     `json:"metric"`
	Variant    string          `json:"variant"`
	Baseline   string          `json:"baseline,omitempty"`
	Comparison comparison.Name `json:"comparison"`
	AtLeast    *float64        `json:"at_least,omitempty"`
	AtMost     *float64        `json:"at_most,omitempty"`

	// Secondary claims do not change the outcome of the run.
	Secondary bool `json:"secondary,omitempty"`
	// BoundBecause says why the bound differs from the words of the statement.
	BoundBecause string `json:"bound_because,omitempty"`
	// Calibrated says which parameter was set so that this figure comes out; see [AsSet].
	Calibrated string `json:"calibrated,omitempty"`

	Outcome  Outcome  `json:"outcome"`
	Estimate *float64 `json:"estimate,omitempty"`
	Low      *float64 `json:"low,omitempty"`
	High     *float64 `json:"high,omitempty"`
	// Level is the level of the two-sided interval: comparison.Level, or higher with
	// several analyses.
	Level float64 `json:"level"`
	// DecidedAfter is how many blocks an earlier analysis needed to decide the claim. Its
	// answer stands and uses no later block. 0 if the run's last analysis decided it, or none.
	DecidedAfter int `json:"decided_after,omitempty"`

	PerBlock []float64 `json:"per_block,omitempty"` // the estimate of each of Blocks
	Blocks   []int     `json:"blocks,omitempty"`    // numbers of the blocks that count for this claim
	// Count is set if the metric is a count. Low and High are then the least and the
	// most of the trials, and there is no interval.
	Count *Counted `json:"count,omitempty"`
	// HolmP is the one-sided p-value of the answer over all analyses, adjusted for the
	// number of claims: of a secondary claim that is decided, among the secondary ones; of
	// a primary claim that is refuted, among the primary ones. Above 5% the claim is
	// INCONCLUSIVE.
	HolmP *float64 `json:"holm_p,omitempty"`
	// PooledWith is the arm whose trials are averaged with the baseline's, block by block;
	// empty if the baseline stands alone.
	PooledWith string `json:"pooled_with,omitempty"`
	// AAMargin is how far the ends of the interval are moved outward before they are
	// compared with the bound, because two identical builds may differ by that: a factor,
	// or an amount in the metric's unit.
	AAMargin *float64 `json:"aa_margin,omitempty"`
	// MoreBlocks is how many more blocks give even odds that an inconclusive claim is
	// decided; 0 if unknown. Before an analysis it is the number of blocks that are missing,
	// and Outlook is nil.
	MoreBlocks int      `json:"more_blocks,omitempty"`
	Outlook    *Outlook `json:"outlook,omitempty"`
	Because    string   `json:"because"` // one sentence
	Notes      []string `json:"notes,omitempty"`

	contrasts []float64 // by block, on the scale; nil if not pooled
	aaMargin  float64   // on the scale
	p         float64   // two-sided p-value of the answer at one analysis; 1 without an answer, 0 if an earlier analysis decided

	reasons  []metric.Reason // what the claim added to the run's reasons
	closed   bool            // by an earlier analysis
	closedAt int             // blocks of the analysis that closed it
}

// ContainsNoEffect reports whether the interval of a comparison contains "no effect".
func (v *ClaimVerdict) ContainsNoEffect() bool {
	facts := v.Comparison.Facts()
	return facts.Baseline && v.Low != nil && *v.Low <= facts.NoEffect && *v.High >= facts.NoEffect
}

// Summary is a metric of one variant over the valid blocks: the mean of the
// trials' figures with its interval at comparison.Level.
type Summary struct {
	Variant string      `json:"variant"`
	Metric  metric.Name `json:"metric"`
	Mean    float64     `json:"mean"`
	Low     *float64    `json:"low,omitempty"`
	High    *float64    `json:"high,omitempty"`
	Trials  int         `json:"trials"`
}

// Write writes verdict.json into the run directory.
func (v *Verdict) Write(dir string) error {
	return record.WriteJSON(filepath.Join(dir, record.VerdictFile), v)
}

// Primary returns the claims that decide the outcome of the run.
func (v *Verdict) Primary() []ClaimVerdict {
	return slices.DeleteFunc(slices.Clone(v.Claims), func(c ClaimVerdict) bool { return !c.IsPrimary() })
}

// Secondary returns the other claims.
func (v *Verdict) Secondary() []ClaimVerdict {
	return slices.DeleteFunc(slices.Clone(v.Claims), func(c ClaimVerdict) bool { return !c.Secondary })
}

// Summary returns the summary of a variant's metric.
func (v *Verdict) Summary(variant string, m metric.Name) (Summary, bool) {
	i := slices.IndexFunc(v.Variants, func(s Summary) bool { return s.Variant == variant && s.Metric == m })
	if i < 0 {
		return Summary{}, false
	}
	return v.Variants[i], true
}

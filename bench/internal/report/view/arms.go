package view

import (
	"math"
	"slices"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Arm is one variant, with the trials that count for some metric.
type Arm struct {
	Name   string
	Place  int // in the scenario's order
	Trials []*record.Trial
}

// Counted returns the variants, each with the trials that the table's figure of the
// metric is computed from, as the verdict lists them.
func (m Material) Counted(metric metric.Name) (arms []Arm) {
	for _, a := range m.Arms {
		blocks := m.Verdict.Counted(metric, a.Name)
		for _, t := range m.Run.Trials {
			if t.Variant == a.Name && slices.Contains(blocks, t.Block) && m.Verdict.Counts(t) {
				a.Trials = append(a.Trials, t)
			}
		}
		arms = append(arms, a)
	}
	return arms
}

// TrialCount is the number of trials of the variants: "6 trials", "5 to 6 trials".
func TrialCount(arms []Arm) string {
	fewest, most := math.MaxInt, 0
	for _, a := range arms {
		fewest, most = min(fewest, len(a.Trials)), max(most, len(a.Trials))
	}
	return Range(min(fewest, most), most, "trial")
}

// ShownVariants are the variants with a curve and a column. Of an attribution's many
// combinations they are the first and the last.
func ShownVariants(sc *scenario.Scenario) []string {
	if sc.Attribution != nil {
		return []string{scenario.NoCauses, scenario.AllCauses}
	}
	return sc.VariantNames()
}

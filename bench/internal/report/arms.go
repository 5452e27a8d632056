package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/scenario/load"
)

// arm is one variant, with its trials that count for some metric.
type arm struct {
	name   string
	colour color.RGBA
	trials []*record.Trial
}

// armsOf are the variants in the scenario's order, without trials.
func armsOf(run *record.Run) (arms []arm) {
	for i, name := range shownVariants(run.Scenario) {
		arms = append(arms, arm{name: name, colour: colourOf(i)})
	}
	return arms
}

// counted are the variants, each with the trials that the table's figure of the
// metric rests on. It is the verdict that says which those are.
func (m material) counted(metric metric.Name) (arms []arm) {
	for _, a := range m.arms {
		blocks := m.verdict.Counted(metric, a.name)
		for _, t := range m.run.Trials {
			if t.Variant == a.name && slices.Contains(blocks, t.Block) && m.verdict.Stands(t) {
				a.trials = append(a.trials, t)
			}
		}
		arms = append(arms, a)
	}
	return arms
}

// trialCount is how many trials the variants have: "6 trials", "5 to 6 trials".
func trialCount(arms []arm) string {
	fewest, most := math.MaxInt, 0
	for _, a := range arms {
		fewest, most = min(fewest, len(a.trials)), max(most, len(a.trials))
	}
	if fewest >= most {
		return plural(most, "trial")
	}
	return fmt.Sprintf("%d to %s", fewest, plural(most, "trial"))
}

// shownVariants are those that get a curve and a column. Of an attribution's
// many combinations it is the first and the last.
func shownVariants(sc *scenario.Scenario) []string {
	if sc.Attribution != nil {
		return []string{scenario.NoCauses, scenario.AllCauses}
	}
	return sc.VariantNames()
}

// stretch is a load phase on the clock that starts with the load, in seconds.
type stretch struct {
	load.Phase
	from, to float64
}

func stretches(sc *scenario.Scenario) []stretch {
	var out []stretch
	at := 0.0
	for _, p := range sc.Load.Phases {
		out = append(out, stretch{p, at, at + p.For.Seconds()})
		at += p.For.Seconds()
	}
	return out
}

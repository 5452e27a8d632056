package verdict

import (
	"slices"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
)

// ArmTrials counts the trials of an arm that were started. Repeats of them replace a
// disturbed one.
type ArmTrials struct {
	Arm     string `json:"arm"`
	Started int    `json:"started"`
	Repeats int    `json:"repeats,omitempty"`
	// HolmP is the p-value of the test that the arm is disturbed no more often than the
	// others, adjusted for all arms; nil if the arm has no repeat or is the only one.
	HolmP *float64 `json:"holm_p,omitempty"`
}

const (
	// repeatsError is the chance that a run without such a difference has a warning.
	repeatsError = 0.01
	// fewestRepeats is the fewest repeats of an arm that are worth a warning: one or
	// two select next to nothing.
	fewestRepeats = 3
)

// countRepeats counts trials and repeats by arm. Repeats replace what disturbed trials
// measured. If one arm is disturbed more often, its kept trials are those that a quieter
// moment favoured, and the comparison is no longer fair: that is a warning.
func (v *Verdict) countRepeats(maxRepeats int) {
	v.Started = startedByArm(v.Trials)
	testRepeats(v.Started, startedByArm(v.withRepeats(maxRepeats)))
	for _, a := range v.Started {
		if a.HolmP == nil || *a.HolmP > repeatsError || a.Repeats < fewestRepeats {
			continue
		}
		v.Notes = append(v.Notes, metric.Because(metric.RepeatsDiffer, nil,
			"%d of %d trials of %s were disturbed and repeated, more than chance explains next to the other arms (exact test, p %.2g): "+
				"the kept trials of %s are a selection; find out what disturbs it",
			a.Repeats, a.Started, a.Arm, *a.HolmP, a.Arm))
	}
}

// withRepeats returns the trials of the blocks that could have repeats. Blocks after the
// last allowed repeat say nothing about disturbances.
func (v *Verdict) withRepeats(maxRepeats int) []measure.TrialResult {
	repeats, last := 0, 0
	for _, t := range v.Trials {
		if t.Superseded {
			repeats, last = repeats+1, t.Block
		}
	}
	if repeats < maxRepeats {
		return v.Trials
	}
	return slices.DeleteFunc(slices.Clone(v.Trials), func(t measure.TrialResult) bool { return t.Block > last })
}

// startedByArm counts the trials, in the order of the arms' first trials.
func startedByArm(trials []measure.TrialResult) (arms []ArmTrials) {
	for _, t := range trials {
		i := slices.IndexFunc(arms, func(a ArmTrials) bool { return a.Arm == t.Variant })
		if i < 0 {
			i, arms = len(arms), append(arms, ArmTrials{Arm: t.Variant})
		}
		arms[i].Started++
		if t.Superseded { // each repeat supersedes one trial, or is itself superseded
			arms[i].Repeats++
		}
	}
	return arms
}

// testRepeats tests each arm against all others together, given the number of repeats of
// the run. Holm's correction makes one error of all tests. counted are the trials that
// could be repeated.
func testRepeats(arms, counted []ArmTrials) {
	kept, repeats := 0, 0
	for _, a := range counted {
		kept, repeats = kept+a.Started-a.Repeats, repeats+a.Repeats
	}
	ps := make([]float64, len(counted))
	for i, a := range counted {
		own := a.Started - a.Repeats
		ps[i] = 1
		if a.Repeats > 0 && kept > own {
			ps[i] = stats.RepeatsTail(a.Repeats, repeats, own, kept-own)
		}
	}
	for i, p := range stats.Holm(ps) { // counted begins as arms does
		if arms[i].Repeats > 0 && len(counted) > 1 {
			arms[i].HolmP = &p
		}
	}
}

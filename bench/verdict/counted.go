package verdict

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// valid returns the sound blocks up to the analysis.
func (v *Verdict) valid() []measure.Block { return v.validBlocks[:min(len(v.validBlocks), v.Planned)] }

// usable returns the sound blocks in which no reason spoils the metric in those arms.
func (v *Verdict) usable(m metric.Name, arms ...string) (out []measure.Block) {
	for _, b := range v.validBlocks {
		if !slices.ContainsFunc(arms, func(arm string) bool { t, ran := b[arm]; return !ran || t.Spoiled(m) != nil }) {
			out = append(out, b)
		}
	}
	return out
}

// counted returns the first usable blocks, up to the analysis: a figure of the metric
// is computed from them.
func (v *Verdict) counted(m metric.Name, arms ...string) []measure.Block {
	all := v.usable(m, arms...)
	return all[:min(len(all), v.Planned)]
}

// Counted returns the numbers of the blocks that figures of the metric are computed
// from when those variants are compared. Code that draws or prints a figure must use
// these blocks.
func (v *Verdict) Counted(m metric.Name, variants ...string) []int {
	if v.validBlocks == nil { // read from verdict.json
		v.validBlocks = measure.ValidBlocks(v.Trials)
	}
	return measure.Numbers(v.counted(m, variants...))
}

// Standing returns the trials that no repeat replaced.
func (v *Verdict) CountedTrials() []measure.TrialResult {
	return slices.DeleteFunc(slices.Clone(v.Trials), func(m measure.TrialResult) bool { return m.Superseded })
}

// Stands reports whether no repeat replaced the trial.
func (v *Verdict) Counts(t *record.Trial) bool {
	return !slices.ContainsFunc(v.Trials, func(m measure.TrialResult) bool {
		return m.Superseded && m.Block == t.Block && m.Position == t.Position
	})
}

// progress sets the number of blocks on the way to the analysis: the fewest blocks that
// count for an answer which more blocks could still complete.
func (v *Verdict) progress(sc *scenario.Scenario) {
	v.Blocks = len(v.valid())
	for _, n := range sc.Needs() {
		if have := len(v.counted(n.Metric, n.Arms...)); have < v.Blocks && v.canComplete(have) {
			v.Blocks = have
		}
	}
	v.Reached = v.Blocks == v.Planned
}

// canComplete reports whether the remaining blocks and repeats could complete an answer
// by the analysis. If no block counts, the cause is permanent, and more blocks would
// not count either.
func (v *Verdict) canComplete(have int) bool {
	return (have > 0 || v.mendable(have) > 0) && v.most(have) >= v.Planned
}

// most returns the largest number of blocks that can count at the end, given the
// present one.
func (v *Verdict) most(have int) int { return have + v.spare.Blocks + v.mendable(have) }

// mendable returns how many blocks that do not count may still count after a repeat.
func (v *Verdict) mendable(have int) int { return min(v.spare.Repeats, v.measured-have) }

// Stuck reports whether all trials so far were refused for one cause, and no claim has
// a usable block.
func (v *Verdict) Stuck(sc *scenario.Scenario) bool {
	needs := sc.Needs()
	if len(v.Trials) == 0 {
		return false
	}
	for _, n := range needs {
		if len(v.usable(n.Metric, n.Arms...)) > 0 {
			return false
		}
	}
	return slices.ContainsFunc(v.Trials[0].Invalid, func(cause metric.Reason) bool {
		return !slices.ContainsFunc(v.Trials, func(m measure.TrialResult) bool {
			return !slices.ContainsFunc(m.Invalid, func(r metric.Reason) bool { return r.Code == cause.Code })
		})
	})
}

// unanswerable answers a claim that has too few counting blocks and cannot get enough.
// The answer is INVALID, and its text says what to change.
func (v *Verdict) unanswerable(c scenario.Claim, level float64) (a ClaimVerdict, ok bool) {
	have := len(v.usable(c.Metric, c.Variants()...))
	if have >= min(comparison.MinBlocks, v.Planned) || have >= len(v.valid()) || v.canComplete(have) {
		return a, false
	}
	why := v.spoiler(c)
	a = newClaimVerdict(c, level)
	a.Outcome, a.Because = Invalid, fmt.Sprintf("%s counts in %d of %d blocks: %s", c.Metric, have, len(v.validBlocks), why.Text)
	v.Disturbed = slices.DeleteFunc(v.Disturbed, func(r metric.Reason) bool {
		if r.Code == why.Code {
			v.Reasons = append(v.Reasons, r) // the reason moves to Reasons, so that it is said once
		}
		return r.Code == why.Code
	})
	return a, true
}

// fewer adds a note to a claim that fewer blocks than planned answer.
func (v *Verdict) fewer(c scenario.Claim, valid []measure.Block) (notes []string) {
	if len(valid) < len(v.valid()) {
		notes = append(notes, fmt.Sprintf("%d of %d blocks count for %s: %s.", len(valid), len(v.valid()), c.Metric, v.spoiler(c).Text))
	}
	return notes
}

// spoiler returns the most frequent reason why a block does not count for the claim.
func (v *Verdict) spoiler(c scenario.Claim) metric.Reason {
	var found []metric.Reason
	for _, b := range v.validBlocks {
		for _, arm := range c.Variants() {
			if why := b[arm].Spoiled(c.Metric); why != nil {
				found = append(found, measure.Labelled(b[arm], []metric.Reason{*why})...)
			}
		}
	}
	if len(found) == 0 {
		return metric.Reason{}
	}
	return slices.MaxFunc(metric.Grouped(found), func(a, b metric.Reason) int { return cmp.Compare(len(a.Trials), len(b.Trials)) })
}

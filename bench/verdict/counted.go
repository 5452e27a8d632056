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

// analysed returns the valid blocks up to the analysis.
func (v *Verdict) analysed() []measure.Block {
	return v.validBlocks[:min(len(v.validBlocks), v.Planned)]
}

// usable returns the valid blocks in which no reason spoils the metric in those arms.
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

// CountedTrials returns the trials that no repeat replaced.
func (v *Verdict) CountedTrials() []measure.TrialResult {
	return slices.DeleteFunc(slices.Clone(v.Trials), func(m measure.TrialResult) bool { return m.Superseded })
}

// Counts reports whether no repeat replaced the trial.
func (v *Verdict) Counts(t *record.Trial) bool {
	return !slices.ContainsFunc(v.Trials, func(m measure.TrialResult) bool {
		return m.Superseded && m.Block == t.Block && m.Position == t.Position
	})
}

// setProgress sets the number of blocks on the way to the analysis: the fewest blocks
// that count for an open answer which more blocks could still complete.
func (v *Verdict) setProgress(sc *scenario.Scenario) {
	v.Blocks = len(v.analysed())
	for _, n := range v.OpenNeeds(sc) {
		if have := len(v.counted(n.Metric, n.Arms...)); have < v.Blocks && v.canComplete(have) {
			v.Blocks = have
		}
	}
	v.Reached = v.Blocks == v.Planned
}

// canComplete reports whether the remaining blocks and repeats could complete an answer
// by the analysis, if so many blocks count now. If no block counts, the cause is
// permanent, and more blocks would not count either.
func (v *Verdict) canComplete(have int) bool {
	return (have > 0 || v.repeatable(have) > 0) && v.maxCounted(have) >= v.Planned
}

// maxCounted returns the largest number of blocks that can count at the end.
func (v *Verdict) maxCounted(have int) int { return have + v.spare.Blocks + v.repeatable(have) }

// repeatable returns how many blocks that do not count may still count after a repeat.
func (v *Verdict) repeatable(have int) int { return min(v.spare.Repeats, v.measured-have) }

// Stuck reports whether all trials so far were refused for one cause, and no claim has
// a usable block. A claim that is answered had some, so it counts here, too.
func (v *Verdict) Stuck(sc *scenario.Scenario) bool {
	hasUsable := func(n scenario.Need) bool { return len(v.usable(n.Metric, n.Arms...)) > 0 }
	if len(v.Trials) == 0 || slices.ContainsFunc(sc.Needs(), hasUsable) {
		return false
	}
	return slices.ContainsFunc(v.Trials[0].Invalid, func(cause metric.Reason) bool {
		sameCause := func(r metric.Reason) bool { return r.Code == cause.Code }
		return !slices.ContainsFunc(v.Trials, func(m measure.TrialResult) bool { return !slices.ContainsFunc(m.Invalid, sameCause) })
	})
}

// tooFewBlocks says why too few blocks count for the claim and more cannot; empty if it
// can be answered. The main reason moves from Disturbed to Reasons.
func (v *Verdict) tooFewBlocks(sc *scenario.Scenario, c scenario.Claim) (why string) {
	have := len(v.usable(c.Metric, sc.ArmsOf(c)...))
	if have >= min(comparison.MinBlocks, v.Planned) || have >= len(v.analysed()) || v.canComplete(have) {
		return ""
	}
	main := v.mainReason(sc, c)
	v.Disturbed = slices.DeleteFunc(v.Disturbed, func(r metric.Reason) bool {
		if r.Code == main.Code {
			v.Reasons = append(v.Reasons, r)
		}
		return r.Code == main.Code
	})
	return fmt.Sprintf("%s counts in %d of %d blocks: %s", c.Metric, have, len(v.validBlocks), main.Text)
}

// mainReason returns the most frequent reason why a block does not count for the claim.
func (v *Verdict) mainReason(sc *scenario.Scenario, c scenario.Claim) metric.Reason {
	var found []metric.Reason
	for _, b := range v.validBlocks {
		for _, arm := range sc.ArmsOf(c) {
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

package bench

import (
	"cmp"
	"fmt"
	"slices"
)

// need is a metric of some arms that an answer rests on.
type need struct {
	metric Metric
	arms   []string
}

// needs are those of the claims and of the attribution. A scenario that asks
// nothing else asks how much memory each variant takes.
func (s *Scenario) needs() (all []need) {
	for _, c := range s.Claims {
		all = append(all, need{c.Metric, c.variants()})
	}
	if a := s.Attribution; a != nil {
		all = append(all, need{a.Metric, a.arms()})
	}
	if len(all) > 0 {
		return all
	}
	for _, name := range s.VariantNames() {
		all = append(all, need{MemoryMean, []string{name}})
	}
	return all
}

// valid are the sound blocks up to the look.
func (v *Verdict) valid() []block { return v.sound[:min(len(v.sound), v.Planned)] }

// usable are the sound blocks in which nothing spoiled the metric of those arms.
func (v *Verdict) usable(m Metric, arms ...string) (out []block) {
	for _, b := range v.sound {
		if !slices.ContainsFunc(arms, func(arm string) bool { t, ran := b[arm]; return !ran || t.spoiled(m) != nil }) {
			out = append(out, b)
		}
	}
	return out
}

// counted are the first usable blocks, up to the look: those that a figure of
// the metric rests on.
func (v *Verdict) counted(m Metric, arms ...string) []block {
	all := v.usable(m, arms...)
	return all[:min(len(all), v.Planned)]
}

// Counted are the numbers of the blocks that figures of the metric rest on where
// those variants are compared. Who draws or prints a figure takes these blocks.
func (v *Verdict) Counted(m Metric, variants ...string) []int {
	if v.sound == nil { // read from verdict.json
		v.sound = soundBlocks(v.Trials)
	}
	return numbers(v.counted(m, variants...))
}

// soundBlocks are those in which no trial failed or lost all its figures.
func soundBlocks(trials []Measured) (sound []block) {
	for len(trials) > 0 {
		b, n, ok := block{}, 0, true
		for ; n < len(trials) && trials[n].Block == trials[0].Block; n++ {
			b[trials[n].Variant] = trials[n]
			ok = ok && trials[n].Sound()
		}
		if trials = trials[n:]; ok {
			sound = append(sound, b)
		}
	}
	return sound
}

// numbers are the blocks' own numbers, in their order.
func numbers(blocks []block) (out []int) {
	for _, b := range blocks {
		for _, m := range b {
			out = append(out, m.Block)
			break
		}
	}
	return out
}

// progress counts how far the look has come: to the fewest blocks that count for
// an answer which more blocks could still complete.
func (v *Verdict) progress(run *Run) {
	v.spare = run.Scenario.Blocks + run.Scenario.Replace - len(run.blocks())
	v.Blocks = len(v.valid())
	for _, n := range run.Scenario.needs() {
		if have := len(v.counted(n.metric, n.arms...)); have < v.Blocks && v.canComplete(have) {
			v.Blocks = have
		}
	}
	v.reached = v.Blocks == v.Planned
}

// canComplete says that more blocks could bring those that count for an answer
// to the look. Where none of the blocks counts, another would not either: the
// cause does not pass by itself.
func (v *Verdict) canComplete(have int) bool { return have > 0 && have+v.spare >= v.Planned }

// stuck says that all trials so far were refused for one cause, which leaves no
// claim anything to be answered from.
func (v *Verdict) stuck(run *Run) bool {
	needs := run.Scenario.needs()
	if len(v.Trials) == 0 {
		return false
	}
	for _, n := range needs {
		if len(v.usable(n.metric, n.arms...)) > 0 {
			return false
		}
	}
	return slices.ContainsFunc(v.Trials[0].Invalid, func(cause Reason) bool {
		return !slices.ContainsFunc(v.Trials, func(m Measured) bool {
			return !slices.ContainsFunc(m.Invalid, func(r Reason) bool { return r.Code == cause.Code })
		})
	})
}

// unanswerable is the answer to a claim for which too few blocks count, and can't
// become more. It is a fault of the measurement, which says what to change.
func (v *Verdict) unanswerable(c Claim, level float64) (a ClaimVerdict, ok bool) {
	have := len(v.usable(c.Metric, c.variants()...))
	if have >= min(minBlocks, v.Planned) || have >= len(v.valid()) || v.canComplete(have) {
		return a, false
	}
	why := v.spoiler(c)
	a = newAnswer(c, level)
	a.Outcome, a.Because = Invalid, fmt.Sprintf("%s counts in %d of %d blocks: %s", c.Metric, have, len(v.sound), why.Text)
	v.Disturbed = slices.DeleteFunc(v.Disturbed, func(r Reason) bool {
		if r.Code == why.Code {
			v.Reasons = append(v.Reasons, r) // said once: there
		}
		return r.Code == why.Code
	})
	return a, true
}

// fewer is a note to a claim that fewer blocks than planned answer.
func (v *Verdict) fewer(c Claim, valid []block) (notes []string) {
	if len(valid) < len(v.valid()) {
		notes = append(notes, fmt.Sprintf("%d of %d blocks count for %s: %s.", len(valid), len(v.valid()), c.Metric, v.spoiler(c).Text))
	}
	return notes
}

// spoiler is the most frequent reason why a block does not count for the claim.
func (v *Verdict) spoiler(c Claim) Reason {
	var found []Reason
	for _, b := range v.sound {
		for _, arm := range c.variants() {
			if why := b[arm].spoiled(c.Metric); why != nil {
				found = append(found, labelled(b[arm], []Reason{*why})...)
			}
		}
	}
	if len(found) == 0 {
		return Reason{}
	}
	return slices.MaxFunc(grouped(found), func(a, b Reason) int { return cmp.Compare(len(a.Trials), len(b.Trials)) })
}

// spoiled is the first reason that spoils the metric in this trial, nil where
// none does.
func (m Measured) spoiled(name Metric) *Reason {
	for i := range m.Invalid {
		if m.Invalid[i].Spoils(name) {
			return &m.Invalid[i]
		}
	}
	return nil
}

// Sound says that the variant did not fail and that some figures count.
func (m Measured) Sound() bool {
	return len(m.Failed) == 0 && !slices.ContainsFunc(m.Invalid, Reason.SpoilsAll)
}

// withdraw takes back the figures that a reason spoils: they are absent, with it.
func (m *Measured) withdraw() {
	for name := range m.Figures {
		if why := m.spoiled(name); why != nil && !why.SpoilsAll() {
			delete(m.Figures, name)
			m.Absent[name] = why.Text
		}
	}
}

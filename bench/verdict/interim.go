package verdict

import (
	"cmp"
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Decide answers the scenario's claims from the measured blocks, in their order. spare
// is the number of blocks and repeats that may still run.
//
// It replays the interim analyses in the order of the run. The first one that decides a
// claim closes it: later ones use other blocks, because its arms may be left out of them.
// Each analysis sees only the blocks that were finished when it was due, so later blocks
// never change what an earlier one closed.
//
// A design asks for it several times a trial. So it leaves out the figures of the variants
// and what the answers depend on, which [Judge] adds.
func Decide(sc *scenario.Scenario, blocks [][]measure.TrialResult, spare record.Spare) *Verdict {
	return decide(sc, blocks, spare, nil)
}

func decide(sc *scenario.Scenario, blocks [][]measure.TrialResult, spare record.Spare, stopped []record.Stopped) *Verdict {
	v := replay(sc, blocks, spare, stopped)
	v.validBlocks, v.measured = measure.ValidBlocks(v.Trials), len(blocks)
	return v
}

// replay returns the last analysis that the run came to, without the figures of the
// variants. These come from all its blocks: a reader of verdict.json has no others.
func replay(sc *scenario.Scenario, blocks [][]measure.TrialResult, spare record.Spare, stopped []record.Stopped) *Verdict {
	all := &Verdict{
		Scenario: sc.Name, Trials: slices.Concat(blocks...), windowHits: sc.Window().Hits(),
		level: comparison.ClaimLevel(sc.Analyses()), stopped: measure.Stopped(stopped),
	}
	for _, m := range all.Trials {
		all.MemoryBasis = cmp.Or(m.Basis, all.MemoryBasis)
	}
	var made *Verdict // the last analysis
	finished, rest := 0, sc.Analyses()
	for {
		at := all.after(blocks, finished, spare)
		at.Planned = rest[0]
		at.follow(made)
		at.setProgress(sc)
		switch {
		case at.Reached:
			made, rest = at.analyse(sc, made), rest[1:]
			if made.Decided() || len(rest) == 0 {
				return made
			}
		case finished < len(blocks):
			finished++
		case made != nil && at.maxCounted(len(at.validBlocks)) < at.Planned:
			return made // there is no later analysis
		default:
			return at.analyse(sc, made)
		}
	}
}

// after returns the run as it was when so many blocks were finished. Failures of the
// service in later blocks are known all the same: they void the run.
func (v *Verdict) after(blocks [][]measure.TrialResult, finished int, spare record.Spare) *Verdict {
	at := *v
	at.validBlocks, at.measured, at.spare = measure.ValidBlocks(slices.Concat(blocks[:finished]...)), finished, spare
	if later := len(blocks) - finished; later > 0 {
		at.spare = record.Spare{Blocks: spare.Blocks + later} // repeats belong to the last block
	}
	return &at
}

// follow copies what an earlier analysis closed; nil if there was none.
func (v *Verdict) follow(earlier *Verdict) {
	if earlier != nil {
		v.closed = maps.Clone(earlier.closed)
	}
}

// analyse judges the run by the first blocks that count for each claim, as many as the
// analysis needs.
func (v *Verdict) analyse(sc *scenario.Scenario, earlier *Verdict) *Verdict {
	v.checkCompleteness(sc)
	v.CountedBlocks = measure.Numbers(v.analysed())
	v.judgeControls(sc)
	v.keepFailedControls(earlier)
	v.attribute(sc)
	for _, c := range sc.Claims {
		before := len(v.Reasons)
		a := v.judgeClaim(sc, c)
		a.reasons = append(a.reasons, v.Reasons[before:]...)
		v.Claims = append(v.Claims, a)
	}
	v.adjustForNumber(sc.Analyses())
	v.closeAnswered()
	v.noteNotAsSet()
	v.compareReplicates(sc)
	v.countRepeats(sc.MaxRepeats)
	v.Outcome = v.overallOutcome()
	v.Reasons, v.Disturbed, v.Notes = metric.Grouped(v.Reasons), metric.Grouped(v.Disturbed), metric.Grouped(v.Notes)
	return v
}

// keepFailedControls keeps the row of a control that an earlier analysis found to fail:
// the claims on its metric are closed without an answer.
func (v *Verdict) keepFailedControls(earlier *Verdict) {
	if earlier == nil {
		return
	}
	for _, was := range earlier.Controls {
		i := slices.IndexFunc(v.Controls, func(c ControlVerdict) bool {
			return c.Arm == was.Arm && c.Metric == was.Metric && c.Comparison == was.Comparison
		})
		if was.Outcome == Fails && i >= 0 && v.Controls[i].Outcome != Fails {
			v.Controls[i] = was
		}
	}
}

// repeatAnswer returns the answer that an earlier analysis gave, with its reasons. Among
// the p-values that Holm's correction compares it is the smallest: it is decided.
func (v *Verdict) repeatAnswer(was ClaimVerdict) ClaimVerdict {
	for _, why := range was.reasons {
		same := func(r metric.Reason) bool { return r.Code == why.Code && r.Text == why.Text }
		v.Disturbed = slices.DeleteFunc(v.Disturbed, func(r metric.Reason) bool { return r.Code == why.Code })
		if len(why.Trials) > 0 || !slices.ContainsFunc(v.Reasons, same) {
			v.Reasons = append(v.Reasons, why)
		}
	}
	was.closed, was.p = true, 0
	return was
}

// closeAnswered closes the claims that this analysis answered, or found to have no answer,
// and gives the others that are closed their answers as they were.
func (v *Verdict) closeAnswered() {
	closed := map[string]ClaimVerdict{}
	for i := range v.Claims {
		switch c := &v.Claims[i]; {
		case c.closed:
			*c = v.closed[c.ID]
			closed[c.ID] = *c
			if c.Outcome.Answers() {
				c.DecidedAfter = c.closedAt
			}
		case v.Reached && c.Outcome != Inconclusive:
			c.closedAt, c.Notes = v.Planned, slices.Clip(c.Notes)
			closed[c.ID] = *c
		}
	}
	v.closed = closed
}

// Decided reports whether no further block could change the answer: an analysis was
// reached and left no claim open that decides the outcome.
func (v *Verdict) Decided() bool {
	open := func(c ClaimVerdict) bool { return c.Outcome == Inconclusive }
	return v.Reached && (v.Void || !slices.ContainsFunc(v.Primary(), open))
}

// Closed reports whether an analysis answered the claim, or found that it has no answer.
func (v *Verdict) Closed(claim string) bool {
	_, closed := v.closed[claim]
	return closed
}

// OpenNeeds returns what further blocks are needed for: the claims that are open, and the
// attribution. Without either it is what the scenario needs.
func (v *Verdict) OpenNeeds(sc *scenario.Scenario) (needs []scenario.Need) {
	all := sc.Needs()
	for i, n := range all {
		if i >= len(sc.Claims) || !v.Closed(sc.Claims[i].ID) { // the attribution comes last
			needs = append(needs, n)
		}
	}
	return needs
}

// OpenOn reports whether an open answer depends on one of the metrics.
func (v *Verdict) OpenOn(sc *scenario.Scenario, metrics []metric.Pattern) bool {
	return slices.ContainsFunc(v.OpenNeeds(sc), func(n scenario.Need) bool { return metric.Reason{Metrics: metrics}.Spoils(n.Metric) })
}

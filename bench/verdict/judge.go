package verdict

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Judge measures every trial of the run and answers its claims. It reads only the run
// directory. The error is a read error; a broken run has the outcome FAILED or INVALID.
func Judge(run *record.Run) (*Verdict, error) {
	blocks, err := new(measure.Cache).Run(run)
	if err != nil {
		return nil, err
	}
	v := decide(run.Scenario, blocks, run.Spare(), run.Stopped)
	v.summariseVariants(run.Scenario)
	v.addSensitivity(run.Scenario)
	v.timeBlocks(run.Blocks())
	return v, nil
}

// judgeClaim answers one claim. A void run answers none: its figures would be quoted
// without the warning.
func (v *Verdict) judgeClaim(sc *scenario.Scenario, c scenario.Claim) ClaimVerdict {
	noAnswer := func(outcome Outcome, why string) ClaimVerdict {
		a := newClaimVerdict(c, v.level)
		a.Outcome, a.Because = outcome, why
		return a
	}
	if v.Void {
		return noAnswer(v.voided())
	}
	if why, ok := v.withheldBy(c.Metric); ok {
		a := noAnswer(Invalid, why.Text)
		a.reasons = []metric.Reason{why}
		return a
	}
	if was, closed := v.closed[c.ID]; closed {
		return v.repeatAnswer(was)
	}
	if why := v.tooFewBlocks(sc, c); why != "" {
		return noAnswer(Invalid, why)
	}
	valid, a := v.counted(c.Metric, sc.ArmsOf(c)...), v.answer(sc, c)
	if left := v.Planned - len(valid); !v.Reached && a.decided() && left > 0 {
		a.Outcome, a.p, a.MoreBlocks, a.Outlook = Inconclusive, 1, left, nil
		a.note("The answer is preliminary: the claims are tested after %d blocks, %d were measured.", v.Planned, len(valid))
	}
	if why := v.unsteady(c, valid); why != "" && a.Outcome != Invalid {
		a = noAnswer(Invalid, why)
	}
	v.addNotes(&a, sc, c, valid)
	a.Settle()
	if a.Outcome == Invalid {
		v.Reasons = append(v.Reasons, metric.Because(metric.ClaimUnanswered, []metric.Pattern{metric.Pattern(a.Metric)},
			"claim %s: %s", a.ID, a.Because))
	}
	return a
}

// checkCompleteness records why the run has no answer: a service failed, too many blocks
// are invalid, or it ended early. Where there is an answer, it records which trials
// do not count.
func (v *Verdict) checkCompleteness(sc *scenario.Scenario) {
	var disturbances []metric.Reason
	for _, m := range v.Trials {
		v.Void = v.Void || len(m.Failed) > 0
		v.Reasons = append(v.Reasons, measure.Labelled(m, m.Failed)...)
		v.Notes = append(v.Notes, measure.Labelled(m, m.Notes)...)
		disturbances = append(disturbances, measure.Labelled(m, m.Invalid)...)
	}
	for _, m := range v.stopped {
		v.Void = true
		v.Reasons = append(v.Reasons, measure.Labelled(m, m.Faults())...)
	}
	switch {
	case v.Void:
	case v.Stuck(sc), len(v.closed) == 0 && !v.Reached && v.maxCounted(len(v.validBlocks)) < sc.Blocks:
		v.Void = true
		v.Reasons = append(v.Reasons, disturbances...)
	case v.Reached:
		v.Disturbed = disturbances
	default:
		v.Disturbed = disturbances
		v.Reasons = append(v.Reasons, metric.Because(metric.RunIncomplete, nil,
			"the run ended after %d of %d blocks: continue with memproof run -resume", v.Blocks, v.Planned))
	}
}

// voided returns the outcome of a void run and of each of its claims. FAILED takes
// precedence over INVALID, because a failed service is a finding about the service.
// Controls count like other arms: they run the baseline's service.
func (v *Verdict) voided() (o Outcome, because string) {
	for _, m := range slices.Concat(v.Trials, v.stopped) {
		if len(m.Failed) > 0 {
			why := measure.Labelled(m, m.Failed)[0]
			return Failed, fmt.Sprintf("the service failed in %s: %s", why.Trials[0], why.Code) // the reasons hold its last lines
		}
	}
	return Invalid, "the run is invalid"
}

// overallOutcome combines the primary claims by intersection-union: PROVEN if each is proven at
// its own 5%, which needs no correction. (Berger 1982, Technometrics 24, 295-300.)
func (v *Verdict) overallOutcome() Outcome {
	if v.Void {
		outcome, _ := v.voided()
		return outcome
	}
	worst := []Outcome{Invalid, Refuted, Inconclusive}
	for _, o := range worst {
		if slices.ContainsFunc(v.Primary(), func(c ClaimVerdict) bool { return c.Outcome == o }) {
			return o
		}
	}
	switch {
	case !v.Reached:
		return Inconclusive
	case len(v.Primary()) == 0:
		return NothingClaimed
	default:
		return Proven
	}
}

// summariseVariants computes the mean of every metric over the blocks that count for it,
// by variant.
func (v *Verdict) summariseVariants(sc *scenario.Scenario) {
	for _, name := range sc.VariantNames() {
		for _, m := range v.metricsOf(name) {
			v.Variants = append(v.Variants, summarise(name, m, measure.Figures(v.counted(m, name), name, m), v.windowHits))
		}
	}
}

// metricsOf returns the variant's metrics, sorted: those that every trial has, except
// trials in which a reason spoils them.
func (v *Verdict) metricsOf(variant string) (out []metric.Name) {
	seen := map[metric.Name]bool{}
	for _, b := range v.validBlocks {
		for m := range b[variant].Figures {
			seen[m] = true
		}
	}
	for m := range seen {
		valid := v.counted(m, variant)
		if len(measure.Figures(valid, variant, m)) == len(valid) {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return out
}

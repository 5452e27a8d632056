package verdict

import (
	"cmp"
	"slices"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
)

// Judge measures every trial of the run and answers its claims. It reads the
// run directory and nothing else. The error is of reading; a run that went
// wrong has the outcome FAILED or INVALID.
func Judge(run *record.Run) (*Verdict, error) {
	blocks, err := new(measure.Cache).Run(run)
	if err != nil {
		return nil, err
	}
	return Decide(run.Scenario, blocks, run.Spare()), nil
}

// Decide answers the scenario's claims from the measured blocks, in their order. spare
// is what may still be run.
func Decide(sc *scenario.Scenario, blocks [][]measure.Measured, spare record.Spare) *Verdict {
	all := &Verdict{Scenario: sc.Name, windowHits: sc.Window().Hits(), levels: comparison.Levels(sc.Interims()), measured: len(blocks), spare: spare}
	all.take(blocks)
	var at *Verdict
	for _, look := range sc.Interims() {
		// More blocks than a look decided by are there where the look was made
		// under other rules, or by another version: they change nothing.
		if at = all.look(sc, look); at.Decided() || !at.Reached {
			break
		}
	}
	return at
}

// look judges the run by the first n blocks that count for each claim.
func (v *Verdict) look(sc *scenario.Scenario, n int) *Verdict {
	at := *v
	at.Planned = n
	at.progress(sc)
	at.complete(sc)
	at.CountedBlocks = measure.Numbers(at.valid())
	at.controls(sc)
	at.summarise(sc)
	at.attribute(sc)
	for _, c := range sc.Claims {
		at.Claims = append(at.Claims, at.claim(c))
	}
	at.together()
	at.witnesses(sc)
	at.Outcome = at.joined()
	at.Reasons, at.Disturbed, at.Notes = metric.Grouped(at.Reasons), metric.Grouped(at.Disturbed), metric.Grouped(at.Notes)
	return &at
}

// Decided says that no further block could change the answer: a look was made
// and left no claim open.
func (v *Verdict) Decided() bool { return v.Reached && v.Outcome != Inconclusive }

// claim answers one claim. A void run answers none: a figure of it would be quoted
// without its warning.
func (v *Verdict) claim(c scenario.Claim) ClaimVerdict {
	kind, _ := c.Comparison()
	level := v.levels[kind]
	if v.Void {
		a := newAnswer(c, level)
		a.Outcome, a.Because = v.voided()
		return a
	}
	if why, ok := v.withheldBy(c.Metric); ok {
		a := newAnswer(c, level)
		a.Outcome, a.Because = Invalid, why.Text
		return a
	}
	if a, ok := v.unanswerable(c, level); ok {
		return a
	}
	valid := v.counted(c.Metric, c.Variants()...)
	a := answer(c, level, valid, v.Planned, v.windowHits)
	a.Blocks = measure.Numbers(valid)
	if why := v.mustBeSteady(c, valid); why != "" && a.Outcome != Invalid {
		a = newAnswer(c, level)
		a.Outcome, a.Because = Invalid, why
	}
	a.Notes = append(a.Notes, v.fewer(c, valid)...)
	a.Notes = append(a.Notes, v.unsteady(c, valid)...)
	a.Notes = append(a.Notes, v.doubt(c)...)
	a.Notes = append(a.Notes, measure.Throttled(c, valid)...)
	a.Notes = append(a.Notes, v.unseenFailures(c, valid)...)
	if a.Outcome == Invalid {
		v.Reasons = append(v.Reasons, metric.Because(metric.ClaimUnanswered, []metric.Pattern{metric.Pattern(a.Metric)}, "claim %s: %s", a.ID, a.Because))
	}
	return a
}

// take fills in the trials and keeps the blocks that are sound: in which no variant
// failed and no trial lost all its figures.
func (v *Verdict) take(blocks [][]measure.Measured) {
	v.Trials = slices.Concat(blocks...)
	for _, m := range v.Trials {
		v.MemoryBasis = cmp.Or(m.Basis, v.MemoryBasis)
	}
	v.sound = measure.SoundBlocks(v.Trials)
}

// complete records why the run has no answer: a service failed, too many blocks
// are invalid, or it ended early. Where there is an answer, it records which trials
// do not count.
func (v *Verdict) complete(sc *scenario.Scenario) {
	for _, m := range v.Trials {
		v.Void = v.Void || len(m.Failed) > 0
		v.Reasons = append(v.Reasons, measure.Labelled(m, m.Failed)...)
		v.Notes = append(v.Notes, measure.Labelled(m, m.Notes)...)
	}
	switch {
	case v.Void:
	case v.Stuck(sc), !v.Reached && v.most(len(v.sound)) < sc.Blocks:
		v.Void = true
		v.Reasons = append(v.Reasons, v.disturbances()...)
	case v.Reached:
		v.Disturbed = v.disturbances()
	default:
		v.Disturbed = v.disturbances()
		v.Reasons = append(v.Reasons, metric.Because(metric.RunIncomplete, nil, "the run ended after %d of %d blocks: go on with memproof run -resume", v.Blocks, v.Planned))
	}
}

// disturbances are the reasons why trials, or figures of them, do not count.
func (v *Verdict) disturbances() (all []metric.Reason) {
	for _, m := range v.Trials {
		all = append(all, measure.Labelled(m, m.Invalid)...)
	}
	return all
}

// serviceFailure is the first reason why the run is FAILED, nil where no service
// failed. Controls count like other arms: they run the baseline's service.
func (v *Verdict) serviceFailure() *metric.Reason {
	for _, m := range v.Trials {
		if len(m.Failed) > 0 {
			return &measure.Labelled(m, m.Failed)[0]
		}
	}
	return nil
}

// voided is the outcome of a void run and of each of its claims. That a service
// failed is a finding about the service, so it wins over a broken measurement.
func (v *Verdict) voided() (o Outcome, because string) {
	if why := v.serviceFailure(); why != nil {
		return Failed, "the service failed: " + why.String()
	}
	return Invalid, "the run is invalid"
}

// joined is the answer to all primary claims together, by intersection-union: proven
// if each is proven at its own 5%, and no correction is needed for that.
// (Berger 1982, Technometrics 24, 295-300.)
func (v *Verdict) joined() Outcome {
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
		return Recorded
	default:
		return Proven
	}
}

// summarise takes the mean of every metric over the blocks that count for it, by variant.
func (v *Verdict) summarise(sc *scenario.Scenario) {
	for _, name := range sc.VariantNames() {
		for _, m := range v.metricsOf(name) {
			v.Variants = append(v.Variants, summary(name, m, measure.Figures(v.counted(m, name), name, m)))
		}
	}
}

// metricsOf are the metrics of the variant that every trial has in which nothing
// spoiled them, sorted.
func (v *Verdict) metricsOf(variant string) (out []metric.Name) {
	seen := map[metric.Name]bool{}
	for _, b := range v.sound {
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

package bench

import (
	"fmt"
	"slices"
)

// minBlocks is the fewest blocks that can decide a claim at 5%: with n blocks
// the exact sign-flip test's p cannot go below 2^(1-n).
const minBlocks = 6

// Judge measures every trial of the run and answers its claims. It reads the
// run directory and nothing else. The error is of reading; a run that went
// wrong has the outcome INVALID.
func Judge(run *Run) (*Verdict, error) {
	measured := &Verdict{Scenario: run.Scenario.Name, windowHits: run.Scenario.Window().Hits(), levels: run.Scenario.levels()}
	if err := measured.measure(run); err != nil {
		return nil, err
	}
	var at *Verdict
	for _, look := range run.Scenario.looks() {
		// More blocks than a look decided by are there where the look was made
		// under other rules, or by another version: they change nothing.
		if at = measured.look(run, look); at.decided() || !at.reached {
			break
		}
	}
	return at, nil
}

// look judges the run by the first n blocks that count for each claim.
func (v *Verdict) look(run *Run, n int) *Verdict {
	at := *v
	at.Planned = n
	at.progress(run)
	at.complete(run)
	at.CountedBlocks = numbers(at.valid())
	at.controls(run.Scenario)
	at.summarise(run.Scenario)
	at.attribute(run.Scenario)
	for _, c := range run.Scenario.Claims {
		at.Claims = append(at.Claims, at.claim(c))
	}
	at.together()
	at.witnesses()
	at.Outcome = at.joined()
	at.Reasons, at.Disturbed, at.Notes = grouped(at.Reasons), grouped(at.Disturbed), grouped(at.Notes)
	return &at
}

// decided says that no further block could change the answer: a look was made
// and left no claim open.
func (v *Verdict) decided() bool { return v.reached && v.Outcome != Inconclusive }

// claim answers one claim. A run that broke answers none: a figure of it would
// be quoted without its warning.
func (v *Verdict) claim(c Claim) ClaimVerdict {
	kind, _ := c.Comparison()
	level := v.levels[kind]
	if v.Void {
		a := newAnswer(c, level)
		a.Outcome, a.Because = Invalid, "the run is invalid"
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
	valid := v.counted(c.Metric, c.variants()...)
	a := answer(c, level, valid, v.Planned, v.windowHits)
	a.Blocks = numbers(valid)
	if why := v.mustBeSteady(c, valid); why != "" && a.Outcome != Invalid {
		a = newAnswer(c, level)
		a.Outcome, a.Because = Invalid, why
	}
	a.Notes = append(a.Notes, v.fewer(c, valid)...)
	a.Notes = append(a.Notes, v.unsteady(c, valid)...)
	a.Notes = append(a.Notes, v.doubt(c)...)
	a.Notes = append(a.Notes, throttled(c, valid)...)
	a.Notes = append(a.Notes, v.unseenFailures(c, valid)...)
	if a.Outcome == Invalid {
		v.Reasons = append(v.Reasons, because(ClaimUnanswered, []Pattern{Pattern(a.Metric)}, "claim %s: %s", a.ID, a.Because))
	}
	return a
}

// block is the measured trials of one block by variant.
type block map[string]Measured

// measure fills in the trials and keeps the blocks that are sound: in which no
// variant failed and no trial lost all its figures.
func (v *Verdict) measure(run *Run) error {
	for _, trials := range run.blocks() {
		measured, err := measureBlock(run.Scenario, trials)
		if err != nil {
			return err
		}
		for _, m := range measured {
			v.Trials = append(v.Trials, m)
			if m.Basis != "" {
				v.MemoryBasis = m.Basis
			}
		}
	}
	v.sound = soundBlocks(v.Trials)
	return nil
}

// complete says what keeps the run from an answer, a variant that failed,
// invalid blocks that none made up for or an early end, and which trials do not
// count where there is an answer.
func (v *Verdict) complete(run *Run) {
	for _, m := range v.Trials {
		v.Void = v.Void || len(m.Failed) > 0
		v.Reasons = append(v.Reasons, labelled(m, m.Failed)...)
		v.Notes = append(v.Notes, labelled(m, m.Notes)...)
	}
	switch {
	case v.Void:
	case v.stuck(run), !v.reached && len(v.sound)+v.spare < run.Scenario.Blocks:
		v.Void = true
		v.Reasons = append(v.Reasons, v.disturbances()...)
	case v.reached:
		v.Disturbed = v.disturbances()
	default:
		v.Disturbed = v.disturbances()
		v.Reasons = append(v.Reasons, because(RunIncomplete, nil, "the run ended after %d of %d blocks: go on with memproof run -resume", v.Blocks, v.Planned))
	}
}

// disturbances are the reasons why trials, or figures of them, do not count.
func (v *Verdict) disturbances() (all []Reason) {
	for _, m := range v.Trials {
		all = append(all, labelled(m, m.Invalid)...)
	}
	return all
}

func labelled(m Measured, reasons []Reason) []Reason {
	out := slices.Clone(reasons)
	for i := range out {
		out[i].Trials = []string{fmt.Sprintf("block %d, %s", m.Block, m.Variant)}
	}
	return out
}

// joined is the answer to all primary claims together, by intersection-union: proven
// if each is proven at its own 5%, and no correction is needed for that.
// (Berger 1982, Technometrics 24, 295-300.)
func (v *Verdict) joined() Outcome {
	if v.Void {
		return Invalid
	}
	worst := []Outcome{Invalid, Refuted, Inconclusive}
	for _, o := range worst {
		if slices.ContainsFunc(v.Primary(), func(c ClaimVerdict) bool { return c.Outcome == o }) {
			return o
		}
	}
	switch {
	case !v.reached:
		return Inconclusive
	case len(v.Primary()) == 0:
		return Recorded
	default:
		return Proven
	}
}

// summarise takes the mean of every metric over the blocks that count for it, by variant.
func (v *Verdict) summarise(sc *Scenario) {
	for _, name := range sc.VariantNames() {
		for _, m := range v.metricsOf(name) {
			v.Variants = append(v.Variants, summary(name, m, figures(v.counted(m, name), name, m)))
		}
	}
}

// metricsOf are the metrics of the variant that every trial has in which nothing
// spoiled them, sorted.
func (v *Verdict) metricsOf(variant string) (out []Metric) {
	seen := map[Metric]bool{}
	for _, b := range v.sound {
		for m := range b[variant].Figures {
			seen[m] = true
		}
	}
	for m := range seen {
		valid := v.counted(m, variant)
		if len(figures(valid, variant, m)) == len(valid) {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return out
}

// figures are the variant's figures of a metric, one a block that has it.
func figures(valid []block, variant string, m Metric) []float64 {
	var xs []float64
	for _, b := range valid {
		if x, ok := b[variant].Figures[m]; ok {
			xs = append(xs, x)
		}
	}
	return xs
}

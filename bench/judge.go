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
	valid, err := measured.measure(run)
	if err != nil {
		return nil, err
	}
	for _, look := range run.Scenario.looks() {
		if look >= len(valid) {
			break
		}
		// More blocks than a look decided by are there where the look was made
		// under other rules, or by another version: they change nothing.
		if v := measured.look(run, valid[:look]); v.decided() {
			return v, nil
		}
	}
	return measured.look(run, valid), nil
}

// look judges the run by those blocks.
func (v *Verdict) look(run *Run, valid []block) *Verdict {
	at := *v
	at.Blocks, at.Planned = len(valid), run.Scenario.nextLook(len(valid))
	at.complete(run)
	at.controls(run.Scenario, valid)
	at.summarise(run.Scenario, valid)
	at.attribute(run.Scenario, valid)
	for _, c := range run.Scenario.Claims {
		at.Claims = append(at.Claims, at.claim(c, valid))
	}
	at.together()
	at.witnesses()
	at.Outcome = at.joined()
	return &at
}

// decided says that no further block could change the answer: a look was made
// and left no claim open.
func (v *Verdict) decided() bool {
	return v.Blocks == v.Planned && v.Outcome != Inconclusive
}

// claim answers one claim. A run that broke answers none: a figure of it would
// be quoted without its warning.
func (v *Verdict) claim(c Claim, valid []block) ClaimVerdict {
	kind, _ := c.Comparison()
	level := v.levels[kind]
	if v.failed {
		a := newAnswer(c, level)
		a.Outcome, a.Because = Invalid, "the run is invalid"
		return a
	}
	a := answer(c, level, valid, v.Planned)
	if why := v.mustBeSteady(c, valid); why != "" && a.Outcome != Invalid {
		a = newAnswer(c, level)
		a.Outcome, a.Because = Invalid, why
	}
	a.Notes = append(a.Notes, v.unsteady(c, valid)...)
	a.Notes = append(a.Notes, v.doubt(c)...)
	a.Notes = append(a.Notes, throttled(c, valid)...)
	a.Notes = append(a.Notes, v.unseenFailures(c, valid)...)
	if a.Outcome == Invalid {
		v.Reasons = append(v.Reasons, fmt.Sprintf("claim %s: %s", a.ID, a.Because))
	}
	return a
}

// block is the measured trials of one block by variant.
type block map[string]Measured

// measure fills in the trials and returns the blocks in which all are valid.
func (v *Verdict) measure(run *Run) ([]block, error) {
	var valid []block
	for _, trials := range run.blocks() {
		measured, err := measureBlock(run.Scenario, trials)
		if err != nil {
			return nil, err
		}
		b, sound := block{}, true
		for _, m := range measured {
			v.Trials = append(v.Trials, m)
			b[m.Variant] = m
			sound = sound && len(m.Faults()) == 0
			if m.Basis != "" {
				v.MemoryBasis = m.Basis
			}
		}
		if sound {
			valid = append(valid, b)
		}
	}
	return valid, nil
}

// complete says what keeps the run from an answer, a variant that failed,
// invalid blocks that none made up for or an early end, and which blocks were
// replaced where there is an answer.
func (v *Verdict) complete(run *Run) {
	var invalid []string
	for _, m := range v.Trials {
		at := fmt.Sprintf("block %d, %s: ", m.Block, m.Variant)
		for _, why := range m.Failed {
			v.failed = true
			v.Reasons = append(v.Reasons, at+why)
		}
		for _, why := range m.Invalid {
			invalid = append(invalid, at+why)
		}
	}
	spare := run.Scenario.Blocks + run.Scenario.Replace - len(run.blocks())
	switch {
	case v.Blocks >= v.Planned:
		v.Replaced = invalid
	case v.failed:
	case v.Blocks+spare < run.Scenario.Blocks:
		v.failed = true
		v.Reasons = append(v.Reasons, invalid...)
	default:
		v.Replaced = invalid
		v.Reasons = append(v.Reasons, fmt.Sprintf("the run ended after %d of %d blocks: go on with memproof run -resume", v.Blocks, v.Planned))
	}
}

// joined is the answer to all primary claims together, by intersection-union: proven
// if each is proven at its own 5%, and no correction is needed for that.
// (Berger 1982, Technometrics 24, 295-300.)
func (v *Verdict) joined() Outcome {
	if v.failed {
		return Invalid
	}
	worst := []Outcome{Invalid, Refuted, Inconclusive}
	for _, o := range worst {
		if slices.ContainsFunc(v.Primary(), func(c ClaimVerdict) bool { return c.Outcome == o }) {
			return o
		}
	}
	switch {
	case v.Blocks < v.Planned:
		return Inconclusive
	case len(v.Primary()) == 0:
		return Recorded
	default:
		return Proven
	}
}

// summarise takes the mean of every metric over the valid blocks, by variant.
func (v *Verdict) summarise(sc *Scenario, valid []block) {
	for _, name := range sc.VariantNames() {
		for _, m := range metricsOf(valid, name) {
			xs := figures(valid, name, m)
			v.Variants = append(v.Variants, summary(name, m, xs))
		}
	}
}

// metricsOf are the metrics that every valid trial of the variant has, sorted.
func metricsOf(valid []block, variant string) []Metric {
	var out []Metric
	if len(valid) == 0 {
		return nil
	}
	for m := range valid[0][variant].Figures {
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

package verdict

import (
	"slices"
)

// The outcomes of a calibrated claim. A parameter was set so that its figure comes out, so
// it proves nothing: it belongs to no family of claims and does not change the outcome of
// the run.
const (
	AsSet    Outcome = "as set"     // the interval lies within the range
	NotAsSet Outcome = "not as set" // the interval lies outside
	Open     Outcome = "open"       // the interval straddles an end of the range
)

var calibratedOutcomes = map[Outcome]Outcome{Proven: AsSet, Refuted: NotAsSet, Inconclusive: Open}

// Settle replaces the outcome of a calibrated claim. It is called last: until then the
// claim is judged like any other.
func (v *ClaimVerdict) Settle() {
	if outcome, ok := calibratedOutcomes[v.Outcome]; ok && v.Calibrated != "" {
		v.Outcome, v.p = outcome, 1
	}
}

// IsPrimary reports whether the claim decides the outcome of the run.
func (v *ClaimVerdict) IsPrimary() bool { return !v.Secondary && v.Calibrated == "" }

// Calibrated returns the claims on figures that a parameter was set for.
func (v *Verdict) Calibrated() []ClaimVerdict {
	return slices.DeleteFunc(slices.Clone(v.Claims), func(c ClaimVerdict) bool { return c.Calibrated == "" })
}

// NotAsSet returns the calibrated claims whose figure did not come out.
func (v *Verdict) NotAsSet() []ClaimVerdict {
	return slices.DeleteFunc(v.Calibrated(), func(c ClaimVerdict) bool { return c.Outcome != NotAsSet })
}

// noteNotAsSet adds a note to each claim on an amount of a metric whose calibrated figure
// did not come out: the scale of such amounts is not the one that the scenario states.
func (v *Verdict) noteNotAsSet() {
	for _, set := range v.NotAsSet() {
		for i := range v.Claims {
			if c := &v.Claims[i]; c.Metric == set.Metric && !c.Comparison.Facts().Baseline && c.Calibrated == "" {
				c.note("%s of %s is not as set: %s, and the scenario sets %s. Amounts depend on that.",
					set.Metric, set.Variant, set.ShowMeasured(), set.ShowBound())
			}
		}
	}
}

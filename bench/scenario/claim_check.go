package scenario

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
)

func (c checker) claims() {
	taken := names{}
	for i, cl := range c.sc.Claims {
		field := fmt.Sprintf("claims[%d]", i)
		taken.add(c, field+".id", cl.ID, "claim")
		c.claim(field, cl)
		c.decidable(field, cl)
		c.replicates(i)
	}
}

// replicates refuses an id that names no earlier claim on the same question.
func (c checker) replicates(i int) {
	cl, above := c.sc.Claims[i], c.sc.Claims[:i]
	field := fmt.Sprintf("claims[%d].replicates", i)
	if cl.Replicates == "" {
		return
	}
	first := slices.IndexFunc(above, func(a Claim) bool { return a.ID == cl.Replicates })
	switch {
	case first < 0:
		c.Fail(field, "%q is not an earlier claim: want the id of a claim above this one", cl.Replicates)
	case c.Bad(fmt.Sprintf("claims[%d]", first)), c.Bad(fmt.Sprintf("claims[%d]", i)): // the question is unknown
	case !cl.sameQuestion(above[first]):
		c.Fail(field, "%s has another metric or comparison: give this claim the same", cl.Replicates)
	case above[first].Calibrated != "":
		c.Fail(field, "%s is calibrated, and a figure that is set cannot be confirmed: drop this line", cl.Replicates)
	case slices.Equal(cl.Variants(), above[first].Variants()):
		c.Fail(field, "%s has the same variants: name other ones, or drop this line", cl.Replicates)
	}
}

// equalities turns equals into both ends of the range.
func (c checker) equalities(field string, cl *Claim) {
	for _, kind := range cl.stated() {
		b := cl.Bounds[kind]
		if b.Equals == nil {
			continue
		}
		if b.AtLeast != nil || b.AtMost != nil {
			c.Fail(field, "equals does not go with at_least or at_most: keep one")
			continue
		}
		b.AtLeast, b.AtMost = b.Equals, b.Equals
	}
}

func (c checker) claim(field string, cl Claim) {
	if set := len(cl.stated()); set != 1 {
		if !c.Bad(field) {
			c.Fail(field, "has %d comparisons: want exactly one of %s", set, strings.Join(comparison.Names(), ", "))
		}
		return
	}
	if cl.Metric == "" {
		c.Fail(field+".metric", "is missing: want a metric such as memory.mean or latency.p95")
	}
	c.canMeasure(field+".metric", cl.Metric)
	c.sidecarMetric(field+".metric", cl)
	if cl.Steady != nil && cl.Metric.Unit() != metric.UnitBytes {
		c.Fail(field+".steady", "is for claims on an amount of memory, not on %s: drop it", cl.Metric)
	}
	c.variantName(field+".variant", cl.Variant)
	kind, bound := cl.Comparison()
	c.baseline(field+".baseline", kind.Facts(), cl)
	c.bound(field, kind, cl.Metric, bound)
	c.words(field, kind.Facts(), cl)
}

// words refuses a reason without the words that it is about, and a calibrated claim that
// could be taken for evidence.
func (c checker) words(field string, facts comparison.Facts, cl Claim) {
	if cl.Because != "" && cl.Statement == "" {
		c.Fail(field+".because", "says why the bound differs from the statement, and there is none: add statement")
	}
	field += ".calibrated"
	switch {
	case cl.Calibrated == "":
	case cl.Calibrated == "true":
		c.Fail(field, "is a sentence: say which parameter was set")
	case facts.Baseline:
		c.Fail(field, "a %s that is set shows no effect of the variant: calibrate the value of one variant", facts.Name)
	case cl.Secondary:
		c.Fail(field, "does not go with secondary: a calibrated claim never changes the outcome, so drop secondary")
	case cl.Replicates != "":
		c.Fail(field, "does not go with replicates: a figure that is set confirms no other, so drop one of the two")
	}
}

// baseline requires a second variant if the comparison takes one, and refuses it
// otherwise.
func (c checker) baseline(field string, facts comparison.Facts, cl Claim) {
	switch {
	case facts.Baseline:
		c.variantName(field, cl.Baseline)
		if cl.Variant != "" && cl.Variant == cl.Baseline {
			c.Fail(field, "compares %q with itself: name another variant", cl.Variant)
		}
	case cl.Baseline != "":
		c.Fail(field, "a %s is of one variant: drop it, or claim a %s", facts.Name, withBaseline())
	}
}

// withBaseline lists the comparisons of two variants: "reduction, ratio or difference".
func withBaseline() string {
	var names []string
	for _, all := range comparison.All {
		if facts := all.Facts(); facts.Baseline {
			names = append(names, string(facts.Name))
		}
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// variantName refuses a name that no variant has, unless a mistake hides the variants
// or the name of one.
func (c checker) variantName(field, name string) {
	if len(c.sc.Variants) == 0 && (c.Bad("variants") || c.Bad("attribution")) {
		return
	}
	for i, v := range c.sc.Variants {
		if v.Name == name || c.Bad(fmt.Sprintf("variants[%d].name", i)) {
			return
		}
	}
	what := fmt.Sprintf("%q is not a variant of this scenario", name)
	if name == "" {
		what = "is missing"
	}
	c.Fail(field, "%s: want one of %q", what, c.sc.VariantNames())
}

// bound checks the range that a claim states. field is the claim's.
func (c checker) bound(field string, kind comparison.Name, m metric.Name, b Bound) {
	unitKnown := !c.Bad(field + ".metric")
	field += "." + string(kind)
	for _, end := range b.ends() {
		c.boundEnd(field+"."+end.key, kind, m, *end.at, unitKnown)
	}
	if b.OrWithin != nil {
		c.orWithin(field+".or_within", kind, m, b, unitKnown)
	}
	switch {
	case c.Bad(field):
	case b.AtLeast == nil && b.AtMost == nil:
		c.Fail(field, "has no bound: want at_least, at_most or both, or equals")
	case b.AtLeast != nil && b.AtMost != nil && b.AtLeast.Value > b.AtMost.Value:
		c.Fail(field+".at_least", "is above at_most, so no figure meets both: swap the two, or drop one")
	}
}

func (c checker) orWithin(field string, kind comparison.Name, m metric.Name, b Bound, unitKnown bool) {
	_, may := comparison.Of(kind).(comparison.Tolerant)
	switch q := b.OrWithin; {
	case !may || b.AtMost == nil:
		c.Fail(field, "goes only with the at_most of a ratio: drop it")
	case unitKnown && (q.Unit != m.Unit().Written() || q.Value <= 0):
		c.Fail(field, "want an amount above 0 in the unit of %s, %s%s", m, m.Unit().Wants(), m.Per())
	}
}

// bounded is one end of a claim's range, with its key.
type bounded struct {
	key string
	at  *metric.Quantity
}

// ends returns the ends that the file states.
func (b Bound) ends() []bounded {
	if b.Equals != nil {
		return []bounded{{"equals", b.Equals}}
	}
	all := []bounded{{"at_least", b.AtLeast}, {"at_most", b.AtMost}}
	return slices.DeleteFunc(all, func(e bounded) bool { return e.at == nil })
}

// boundEnd refuses a number that is impossible or ambiguous.
func (c checker) boundEnd(field string, kind comparison.Name, m metric.Name, q metric.Quantity, unitKnown bool) {
	inMetricUnit := kind.Facts().Own == nil
	if c.Bad(field) || inMetricUnit && !unitKnown {
		return
	}
	if wrong := comparison.Of(kind).CheckBound(m, comparison.End{Quantity: q, Text: c.Text(field)}); wrong != "" {
		c.Fail(field, "%s", wrong)
	}
}

// quantileHits is the fewest hits beyond a quantile that make a trial's figure of it
// worth testing. The share of hits beyond the figure then errs by a seventh, 1/sqrt(50):
// of a p95 it is 4.3% to 5.7%. All arms of a block send the same requests, so most of
// that error is common to them, and the blocks show the rest. In the committed runs the
// margin of p95 was 27 standard deviations wide with twice as many.
const quantileHits = 50

// decidable refuses a claim that no outcome of this design could prove.
func (c checker) decidable(field string, cl Claim) {
	window := c.sc.Window()
	if c.Bad("load.phases") {
		return
	}
	if window.Rests() {
		if cl.Steady != nil {
			c.Fail(field+".steady", "is drift by requests, and the window has a rate of 0/s: drop it")
		}
		return
	}
	if cl.Metric.IsErrors() {
		c.decidableErrors(field, cl)
	}
	q, ok := cl.Metric.LatencyQuantile()
	if !ok {
		return
	}
	need := uint64(math.Ceil(quantileHits/(1-q) - 1e-9))
	if have := window.Hits(); have < need {
		c.Fail(field+".metric", "%s needs %d hits in the window so that %d lie beyond it; this window has %d: "+
			"lengthen it, raise the rate, or claim a lower quantile", cl.Metric, need, quantileHits, have)
	}
}

// decidableErrors refuses a bound that a run without any failed request could not show.
// No number of requests can show 0; committed runs claim it, so 0 is accepted.
func (c checker) decidableErrors(field string, cl Claim) {
	kind, bound := cl.Comparison()
	if kind == "" {
		return // reported already
	}
	if _, ok := comparison.Of(kind).(comparison.ShareComparer); !ok || bound.AtMost == nil || bound.AtMost.Value <= 0 {
		return
	}
	hits := c.sc.Window().Hits()
	if least := comparison.LeastErrors(hits, c.sc.Blocks, comparison.ClaimLevel(c.sc.Analyses())); bound.AtMost.Value < least {
		c.Fail(field+"."+string(kind)+".at_most", "%s cannot be shown: if none of %d requests fails (%d blocks of %d), fewer than %s do. "+
			"Claim that, lengthen the window or raise the rate",
			cl.Metric.Show(bound.AtMost.Value), hits*uint64(c.sc.Blocks), c.sc.Blocks, hits, cl.Metric.Show(least))
	}
}

// Analyses returns the numbers of blocks after which the claims are tested: the
// scenario's, else all blocks.
func (s *Scenario) Analyses() []int {
	if len(s.InterimAnalyses) > 0 {
		return s.InterimAnalyses
	}
	return []int{s.Blocks}
}

func (c checker) analyses() {
	at, blocks, claims := c.sc.InterimAnalyses, c.sc.Blocks, len(c.sc.Claims)
	if c.Bad("interim_analyses") {
		return
	}
	if len(at) == 0 {
		if claims > 0 && blocks < comparison.MinBlocks {
			c.Fail("blocks", "%d blocks cannot decide a claim: want at least %d", blocks, comparison.MinBlocks)
		}
		return
	}
	rising := slices.IsSorted(at) && len(slices.Compact(slices.Clone(at))) == len(at)
	switch last := at[len(at)-1]; {
	case !rising || at[0] < comparison.MinBlocks:
		c.Fail("interim_analyses", "%v: want numbers of blocks that rise from %d or more, such as %v", at, comparison.MinBlocks, comparison.DefaultAnalyses)
	case len(at) > comparison.MaxAnalyses:
		c.Fail("interim_analyses", "%d are too many: want at most %d, because each one makes all stricter", len(at), comparison.MaxAnalyses)
	case last != blocks:
		c.Fail("interim_analyses", "the last is after %d blocks, and blocks is %d: drop blocks", last, blocks)
	case claims == 0:
		c.Fail("interim_analyses", "has no claim to decide: add claims, or drop this line")
	}
}

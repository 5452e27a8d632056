package scenario

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
)

// quantileHits is the fewest hits beyond a quantile that make a trial's figure of it
// worth testing.
const quantileHits = 100

func (c checker) claims() {
	seen := map[string]bool{}
	for i, cl := range c.sc.Claims {
		field := fmt.Sprintf("claims[%d]", i)
		c.matches(field+".id", cl.ID, identifier, "letters, digits and dashes")
		if seen[cl.ID] {
			c.Fail(field+".id", "a second claim of the id %q: give each its own", cl.ID)
		}
		seen[cl.ID] = true
		c.claim(field, cl)
		c.decidable(field, cl)
		c.replicates(i)
	}
}

// replicates refuses an id that names no earlier claim on the same question.
func (c checker) replicates(i int) {
	cl, above := c.sc.Claims[i], c.sc.Claims[:i]
	field := fmt.Sprintf("claims[%d].replicates", i)
	if cl.Replicates == "" || c.Bad(field) {
		return
	}
	first := slices.IndexFunc(above, func(a Claim) bool { return a.ID == cl.Replicates })
	switch {
	case first < 0:
		c.Fail(field, "%q is no claim above this one: want the id of one", cl.Replicates)
	case c.Bad(fmt.Sprintf("claims[%d]", first)), c.Bad(fmt.Sprintf("claims[%d]", i)): // what it asks is not known
	case !cl.sameQuestion(above[first]):
		c.Fail(field, "%s has another metric or comparison: give this claim the same", cl.Replicates)
	case slices.Equal(cl.Variants(), above[first].Variants()):
		c.Fail(field, "%s is of the same variants: ask other ones, or drop it", cl.Replicates)
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
			c.Fail(field, "equals stands beside at_least or at_most, which it is both of: keep one")
			continue
		}
		b.AtLeast, b.AtMost = b.Equals, b.Equals
	}
}

func (c checker) claim(field string, cl Claim) {
	if set := len(cl.stated()); set != 1 {
		if !c.Bad(field) {
			c.Fail(field, "%d comparisons: want exactly one of %s", set, strings.Join(comparison.Names(), ", "))
		}
		return
	}
	if cl.Metric == "" && !c.Has(field+".metric") {
		c.Fail(field+".metric", "is missing: write for instance memory.mean or latency.p95")
	}
	c.canMeasure(field+".metric", cl.Metric)
	c.sidecarMetric(field+".metric", cl)
	if cl.Steady != nil && cl.Metric.Unit() != metric.UnitBytes {
		c.Fail(field+".steady", "is for claims on an amount of memory, not on %s: drop it", cl.Metric)
	}
	c.variantName(field+".variant", cl.Variant)
	kind, bound := cl.Comparison()
	c.baseline(field+".baseline", kind.Facts(), cl)
	c.bound(field+"."+string(kind), kind, cl.Metric, bound)
}

// baseline requires a second variant if the comparison takes one, and refuses it
// otherwise.
func (c checker) baseline(field string, facts comparison.Facts, cl Claim) {
	if !facts.Baseline {
		if cl.Baseline != "" {
			c.Fail(field, "a %s is of one variant: drop it, or claim a %s", facts.Name, withBaseline())
		}
		return
	}
	c.variantName(field, cl.Baseline)
	if cl.Variant != "" && cl.Variant == cl.Baseline {
		c.Fail(field, "compares %q with itself", cl.Variant)
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

func (c checker) variantName(field, name string) {
	if _, ok := c.sc.Variant(name); ok || c.variantsUnread() {
		return
	}
	if name == "" {
		c.Fail(field, "is missing: want one of %q", c.sc.VariantNames())
		return
	}
	c.Fail(field, "%q is no variant of this scenario: want one of %q", name, c.sc.VariantNames())
}

// variantsUnread reports whether a mistake hides the variants, or the name of one.
func (c checker) variantsUnread() bool {
	if len(c.sc.Variants) == 0 && (c.Bad("variants") || c.Bad("attribution")) {
		return true
	}
	for i := range c.sc.Variants {
		if c.Bad(fmt.Sprintf("variants[%d].name", i)) {
			return true
		}
	}
	return false
}

func (c checker) bound(field string, kind comparison.Name, m metric.Name, b Bound) {
	for _, e := range b.ends() {
		c.boundEnd(field+"."+e.name, kind, m, *e.at)
	}
	if b.OrWithin != nil {
		c.orWithin(field, kind, m, b)
	}
	switch {
	case c.Bad(field):
	case b.AtLeast == nil && b.AtMost == nil:
		c.Fail(field, "states no bound: want at_least, at_most or both, or equals")
	case b.AtLeast != nil && b.AtMost != nil && b.AtLeast.Value > b.AtMost.Value:
		c.Fail(field+".at_least", "is above at_most: no figure can meet both")
	}
}

func (c checker) orWithin(field string, kind comparison.Name, m metric.Name, b Bound) {
	_, may := comparison.Of(kind).(comparison.Tolerant)
	switch f := b.OrWithin; {
	case !may || b.AtMost == nil:
		c.Fail(field+".or_within", "goes with a ratio's at_most alone")
	case c.Bad(claimOf(field, kind) + ".metric"): // its unit is not known
	case f.Unit != m.Unit().Written() || f.Value <= 0:
		c.Fail(field+".or_within", "wants an amount above 0 in the unit of %s, %s%s", m, m.Unit().Wants(), m.Per())
	}
}

// end is one end of a claim's range, by the name of its field.
type end struct {
	name string
	at   *metric.Quantity
}

// ends returns the ends that the file states.
func (b Bound) ends() (all []end) {
	if b.Equals != nil {
		return []end{{"equals", b.Equals}}
	}
	for _, e := range []end{{"at_least", b.AtLeast}, {"at_most", b.AtMost}} {
		if e.at != nil {
			all = append(all, e)
		}
	}
	return all
}

// boundEnd refuses a number that is impossible or ambiguous.
func (c checker) boundEnd(field string, kind comparison.Name, m metric.Name, q metric.Quantity) {
	inMetricUnit := kind.Facts().Own == nil
	if c.Bad(field) || inMetricUnit && c.Bad(claimOf(field, kind)+".metric") {
		return // the number or its unit is unknown
	}
	if wrong := comparison.Of(kind).CheckBound(m, comparison.End{Quantity: q, Text: c.Text(field)}); wrong != "" {
		c.Fail(field, "%s", wrong)
	}
}

// claimOf returns the field of the claim that a comparison's field belongs to.
func claimOf(field string, kind comparison.Name) string {
	return field[:strings.LastIndex(field, "."+string(kind))]
}

// decidable refuses a claim that no outcome of this design could prove.
func (c checker) decidable(field string, cl Claim) {
	if c.Bad("load.phases") {
		return
	}
	if cl.Steady != nil && c.sc.Window().Rests() {
		c.Fail(field+".steady", "is drift by requests, and the window is a rest at 0/s: drop it")
	}
	if cl.Metric.IsErrors() && !c.sc.Window().Rests() {
		c.decidableErrors(field, cl)
	}
	q, ok := cl.Metric.LatencyQuantile()
	if !ok || c.sc.Window().Rests() {
		return
	}
	need := uint64(math.Ceil(quantileHits/(1-q) - 1e-9))
	if have := c.sc.Window().Hits(); have < need {
		c.Fail(field+".metric", "%s needs %d hits in the window so that %d lie beyond it; this window has %d: lengthen it, raise the rate, or claim a lower quantile",
			cl.Metric, need, quantileHits, have)
	}
}

// decidableErrors refuses a bound that a run without any failed request could not show.
// No number of requests can show 0; runs of older versions claim it, so 0 is accepted.
func (c checker) decidableErrors(field string, cl Claim) {
	kind, bound := cl.Comparison()
	if kind == "" {
		return // reported already
	}
	if _, ok := comparison.Of(kind).(comparison.ShareComparer); !ok || bound.AtMost == nil || bound.AtMost.Value <= 0 {
		return
	}
	hits := c.sc.Window().Hits()
	if least := leastErrors(hits, c.sc.Blocks, comparison.Levels(c.sc.Analyses())[kind]); bound.AtMost.Value < least {
		c.Fail(field+"."+string(kind)+".at_most", "%s can't be shown: where none of %d requests fails (%d blocks of %d) it is known that fewer than %s do. Claim that, or lengthen the window or raise the rate",
			cl.Metric.Show(bound.AtMost.Value), hits*uint64(c.sc.Blocks), c.sc.Blocks, hits, cl.Metric.Show(least))
	}
}

func leastErrors(hits uint64, blocks int, level float64) float64 {
	return comparison.ShareInterval(make([]float64, max(1, blocks)), hits, level).High
}

// ErrorsShown returns a round percentage that a run without failures can prove for a
// difference of error shares: 0.1%, 0.2%, 0.5%, 1% and so on.
func ErrorsShown(hits uint64, blocks int) string {
	least := 100 * leastErrors(hits, blocks, comparison.OneSided)
	for unit := 0.1; ; unit *= 10 {
		for _, step := range []float64{1, 2, 5} {
			if percent := step * unit; percent >= least || percent >= 100 {
				return strconv.FormatFloat(math.Round(percent*1000)/1000, 'f', -1, 64) + "%"
			}
		}
	}
}

package scenario

import (
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
)

// Claim is a sentence with the metric, the comparison and the bound that make it
// checkable.
type Claim struct {
	ID        string `yaml:"id"`
	Statement string `yaml:"statement" also:"says,name,title,description,text"` // the sentence, in its author's words
	// Because says why the bound differs from the words of the statement; optional. The
	// report prints it below the claim.
	Because string `yaml:"because" also:"why,reason,rationale,since"`

	Metric   metric.Name `yaml:"metric"`
	Variant  string      `yaml:"variant" also:"of,arm"`               // a variant
	Baseline string      `yaml:"baseline" also:"against,than,versus"` // the variant to compare with; empty if the comparison takes no baseline

	// Steady is the most that memory may drift over the window, and vary about that drift
	// (coefficient of variation), as a share of its mean. Beyond it the claim is INVALID.
	// nil sets no limit; more than 5% then gets a footnote.
	Steady *metric.Share `yaml:"steady"`

	// Secondary claims are answered and shown, and do not change the outcome of the
	// run. All of them together err at 5%, not each.
	Secondary bool `yaml:"secondary"`

	// Calibrated says which parameter was set so that this figure comes out. Such a claim
	// proves nothing: it is answered "as set", "not as set" or "open", and does not change
	// the outcome of the run.
	Calibrated string `yaml:"calibrated" also:"fixture,set_by,tuned"`

	// Replicates is the id of a claim that asks the same question of other variants in
	// the same blocks. The report shows the two answers side by side.
	Replicates string `yaml:"replicates"`

	// Bounds are by comparison. A claim has exactly one.
	Bounds Bounds `yaml:",inline"`
}

// Bounds are ranges, each under the name of its comparison.
type Bounds map[comparison.Name]*Bound

// Keys returns the names of all comparisons, and other tools' names for them.
func (Bounds) Keys() (names []string, also map[string][]string) {
	also = map[string][]string{}
	for _, c := range comparison.All {
		also[string(c.Facts().Name)] = c.Facts().Also
	}
	return comparison.Names(), also
}

// Bound is the range that a claim states, its ends included.
type Bound struct {
	AtLeast *metric.Quantity `yaml:"at_least" also:"min,minimum,atleast"`
	AtMost  *metric.Quantity `yaml:"at_most" also:"max,maximum,atmost"`
	// Equals sets both ends at once; for counts.
	Equals *metric.Quantity `yaml:"equals"`
	// OrWithin is a margin next to a ratio's at_most, in the metric's unit. The figure
	// may always be worse by it: a tenth of 2 ms matters to no user.
	OrWithin *metric.Quantity `yaml:"or_within" also:"floor,margin,tolerance"`
}

// UnmarshalText explains how to write a bound that was given as a single value.
func (b *Bound) UnmarshalText(text []byte) error {
	return fmt.Errorf("%q has no direction: write {at_least: %s} or {at_most: %s}", text, text, text)
}

// stated returns the comparisons that the claim has a bound for, in the order of
// [comparison.All].
func (c Claim) stated() (kinds []comparison.Name) {
	for _, all := range comparison.All {
		if kind := all.Facts().Name; c.Bounds[kind] != nil {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Comparison returns the claim's comparison with its bound.
func (c Claim) Comparison() (comparison.Name, Bound) {
	if kinds := c.stated(); len(kinds) > 0 {
		return kinds[0], *c.Bounds[kinds[0]]
	}
	return "", Bound{}
}

// Variants returns the variants that the claim compares.
func (c Claim) Variants() []string {
	if c.Baseline == "" {
		return []string{c.Variant}
	}
	return []string{c.Baseline, c.Variant}
}

// sameQuestion reports whether two claims have the same metric and comparison, for any
// variants.
func (c Claim) sameQuestion(other Claim) bool {
	mine, _ := c.Comparison()
	theirs, _ := other.Comparison()
	return c.Metric == other.Metric && mine == theirs
}

// ReplicateBySentence sets Replicates in a run of format 2 or older. There, a second
// claim with the same sentence replicated the first.
func (s *Scenario) ReplicateBySentence() {
	for i := range s.Claims {
		c := &s.Claims[i]
		first := slices.IndexFunc(s.Claims[:i], func(a Claim) bool { return a.Statement != "" && a.Statement == c.Statement && a.sameQuestion(*c) })
		if first >= 0 {
			c.Replicates = s.Claims[first].ID
		}
	}
}

// Need is a metric of some arms that an answer depends on.
type Need struct {
	Metric metric.Name
	Arms   []string
}

// Pools reports whether the claim compares with the mean of the baseline and the A/A
// control. Both run the same build in every block, so two trials stand for the baseline.
// Counts are decided by single trials, and are not pooled.
func (s *Scenario) Pools(c Claim) bool {
	kind, _ := c.Comparison()
	return s.Controls != nil && kind.Facts().Baseline && c.Baseline == s.Controls.Baseline && !c.Metric.MayCount()
}

// ArmsOf returns the arms whose figures the claim's answer needs in each block.
func (s *Scenario) ArmsOf(c Claim) []string {
	if s.Pools(c) {
		return append(c.Variants(), AAArm)
	}
	return c.Variants()
}

// Needs returns the needs of the claims and of the attribution. A scenario with neither
// asks how much memory each variant takes.
func (s *Scenario) Needs() (all []Need) {
	for _, c := range s.Claims {
		all = append(all, Need{c.Metric, s.ArmsOf(c)})
	}
	if a := s.Attribution; a != nil {
		all = append(all, Need{a.Metric, a.Arms()})
	}
	if len(all) > 0 {
		return all
	}
	for _, name := range s.VariantNames() {
		all = append(all, Need{metric.MemoryMean, []string{name}})
	}
	return all
}

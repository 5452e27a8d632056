// Package comparison holds the ways in which a claim compares two variants, or bounds
// one alone. Each is a type in a file of its own behind [Comparison], and a line of
// [All]. No other package switches on the name of one: it asks the comparison.
package comparison

import (
	"fmt"
	"strings"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// Kind is a comparison by its name: the key of a claim's bound in a scenario, and the
// name in verdict.json.
type Kind string

// Comparison is what is computed, checked and shown of a claim of one kind. A kind may
// besides be a [ShareComparer], a [MeansComparer] or a [Floorer].
type Comparison interface {
	Facts() Facts
	// Scale is what the metric's blocks are averaged on.
	Scale(m metric.Name) Scale
	// Show prints a figure, without what it is per.
	Show(m metric.Name, x float64) string
	// CheckBound says what is wrong with an end of the claim's range; empty: nothing.
	CheckBound(m metric.Name, e End) (wrong string)
}

// Facts are what is known of a comparison without any figure.
type Facts struct {
	Name Kind
	Also []string // what others call it: a scenario with such a key is told the name
	// Baseline says that it compares with a second variant. Equal variants have the
	// figure NoEffect, which is 0 on its scale.
	Baseline bool
	NoEffect float64
	// OneSided says that the ends of its interval are one-sided 95% bounds.
	OneSided bool
	// Own is the unit of its figures; nil where they are in the metric's.
	Own *Unit
}

// Unit is a unit that has nothing to do with the metric: a figure of Size reads as 1
// and Mark on a picture's axis.
type Unit struct {
	Mark string
	Size float64
}

// ShareComparer is a comparison of shares of requests, with an interval of their own:
// no t interval holds for what is 0 in most trials.
type ShareComparer interface {
	// Shares is the two-sided interval over the trials' shares of so many hits each.
	Shares(of, against []float64, hits uint64, level float64) stats.Interval
}

// MeansComparer is a comparison that also has a figure for the ratio of two means.
type MeansComparer interface {
	// OfMeans carries an interval of that ratio to figures.
	OfMeans(low, high float64) (lower, upper float64)
}

// Floorer is a comparison whose bound may have a floor, an amount by which the figure
// may always be worse.
type Floorer interface {
	// Floor is the figure of that amount over the baseline's mean.
	Floor(amount, against float64) float64
}

// The comparisons of what no claim states.
const (
	OfInjected = Difference // an arm with a known amount, to its baseline
	OfWhole    = Reduction  // the effect that an attribution shares out
)

// All is the table of comparisons. Messages list them in this order.
var All = []Comparison{reduction{}, ratio{}, difference{}, value{}}

// Of is the comparison of that name. There is none for a name that neither a scenario
// nor a verdict.json may hold: that is a programmer's mistake.
func Of(kind Kind) Comparison {
	c, ok := lookup(kind)
	if !ok {
		panic(fmt.Sprintf("comparison: %q is not in the table", kind))
	}
	return c
}

func lookup(kind Kind) (Comparison, bool) {
	for _, c := range All {
		if c.Facts().Name == kind {
			return c, true
		}
	}
	return nil, false
}

// Facts are those of the comparison of that name.
func (k Kind) Facts() Facts { return Of(k).Facts() }

// UnmarshalText refuses a name that is not in the table.
func (k *Kind) UnmarshalText(text []byte) error {
	if _, ok := lookup(Kind(text)); !ok {
		return fmt.Errorf("%q is no comparison: want one of %s", text, strings.Join(Names(), ", "))
	}
	*k = Kind(text)
	return nil
}

// Names are those of all comparisons, in the order of the table.
func Names() (names []string) {
	for _, c := range All {
		names = append(names, string(c.Facts().Name))
	}
	return names
}

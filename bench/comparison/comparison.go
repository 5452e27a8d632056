// Package comparison holds the ways in which a claim compares two variants, or bounds
// one alone. Each is a type in its own file behind [Comparison], and a line of [All].
// No other package switches on a comparison's name: it calls the comparison.
package comparison

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/metric"
)

// Name is the key of a claim's bound in a scenario, and the comparison in verdict.json.
type Name string

// Comparison computes, checks and prints the figures of one type of claim. It may also be
// a [ShareComparer], a [MeansComparer] or [Tolerant].
type Comparison interface {
	Facts() Facts
	// Scale is the scale on which the metric's blocks are averaged.
	Scale(m metric.Name) Scale
	// Show prints a figure, without the suffix of [metric.Name.Per].
	Show(m metric.Name, x float64) string
	// CheckBound describes what is wrong with an end of the claim's range; empty if valid.
	CheckBound(m metric.Name, e End) (wrong string)
}

// Facts are the fixed properties of a comparison.
type Facts struct {
	Name Name
	Also []string // other tools' names for it, which a message corrects
	// Baseline reports whether it compares with a second variant. Two equal variants
	// have the figure NoEffect, which is 0 on its scale.
	Baseline bool
	NoEffect float64
	// Own is the unit of its figures; nil if they are in the metric's.
	Own *Unit
}

// Unit is a unit that does not depend on the metric. On a picture's axis a figure of
// Size prints as 1 and Mark.
type Unit struct {
	Mark string
	Size float64
}

// ShareComparer compares shares of requests with an interval of its own: a t interval
// is wrong for a figure that is 0 in most trials.
type ShareComparer interface {
	// Shares computes the two-sided interval from the shares of both sides. A value has no
	// other side.
	Shares(of, against Shares, level float64) stats.Interval
}

// Shares are shares of the requests, one for each block, each of so many requests.
type Shares struct {
	PerBlock []float64
	Hits     uint64
}

// MeansComparer also has a figure for the ratio of two means.
type MeansComparer interface {
	// OfMeans converts an interval of that ratio to figures.
	OfMeans(low, high float64) (lower, upper float64)
}

// Tolerant is a comparison whose bound may have a margin: an amount, in the metric's unit,
// by which the figure may always be worse.
type Tolerant interface {
	// AtMost converts that amount to a figure, given the baseline's mean.
	AtMost(amount, baseline float64) float64
}

// The comparisons of effects that no claim states.
const (
	OfInjected = Difference // an injected control, compared with its baseline
	OfWhole    = Reduction  // the total effect that an attribution shares out
)

// All is the table of comparisons. Messages list them in this order.
var All = []Comparison{reduction{}, ratio{}, difference{}, value{}}

// Of returns the comparison of that name. It panics on an unknown name: scenarios and
// verdict.json are checked when they are read.
func Of(name Name) Comparison { return All[slices.IndexFunc(All, name.is)] }

func (k Name) is(c Comparison) bool { return c.Facts().Name == k }

// Facts returns the facts of the comparison.
func (k Name) Facts() Facts { return Of(k).Facts() }

// UnmarshalText refuses a name that is not in the table.
func (k *Name) UnmarshalText(text []byte) error {
	if !slices.ContainsFunc(All, Name(text).is) {
		return fmt.Errorf("unknown comparison %q: want one of %s", text, strings.Join(Names(), ", "))
	}
	*k = Name(text)
	return nil
}

// Names lists the comparisons in the order of the table.
func Names() (names []string) {
	for _, c := range All {
		names = append(names, string(c.Facts().Name))
	}
	return names
}

// End is one end of a claim's range.
type End struct {
	metric.Quantity
	Text string // as it is written in the scenario
}

func (e End) isPercentage() bool { return metric.IsPercentage(e.Text) }

// checkFigure describes what is wrong with an end in the metric's own unit; empty if it is
// valid.
func (e End) checkFigure(kind Name, m metric.Name) string {
	switch {
	case e.Value == 0 && e.Unit == metric.UnitNumber:
	case e.Unit != m.Unit().Written():
		return fmt.Sprintf("wrong unit: a %s of %s is in %s%s", kind, m, m.Unit().Wants(), m.Per())
	case m.IsErrors() && !e.isPercentage():
		return fmt.Sprintf("%s is ambiguous: write %s or %s of all requests", e.Text, metric.Percentage(100*e.Value), metric.Percentage(e.Value))
	case m.IsErrors() && math.Abs(e.Value) > 1:
		return e.Text + " is more than all requests: want at most 100%"
	case m.IsCount() && e.isPercentage():
		return fmt.Sprintf("%s is a count: want a plain number, not a percentage", m)
	}
	return ""
}

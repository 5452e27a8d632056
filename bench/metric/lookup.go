package metric

import (
	"slices"
	"strings"
)

// Table holds definitions in the order of the report's rows, families last.
type Table []Definition

// Definitions returns a copy of the table of all metrics.
func Definitions() Table { return slices.Clone(definitions) }

// Lookup returns the definition of the metric, or else of its family.
func Lookup(m Name) (Definition, bool) { return definitions.Lookup(m) }

// Lookup is [Lookup] in this table.
func (t Table) Lookup(m Name) (Definition, bool) {
	if d := t.find(m); d != nil {
		return *d, true
	}
	return Definition{}, false
}

func (t Table) find(m Name) *Definition {
	for i := range t {
		if _, ok := t[i].Member(m); ok {
			return &t[i]
		}
	}
	return nil
}

// definition returns the metric's definition, an empty one for an unknown metric.
func (m Name) definition() *Definition {
	if d := definitions.find(m); d != nil {
		return d
	}
	return &Definition{}
}

// Unit is the base unit of the metric's figures.
func (m Name) Unit() Unit { return m.definition().Unit }

// Every is the number of requests that a figure of the metric is for.
func (m Name) Every() float64 { return float64(max(1, m.definition().Every)) }

// Show prints a figure of the metric, or a difference of two, in the most readable
// unit: 1.58 GB, 0.02%. Tables, pictures, terminal and messages print figures only
// through it. A figure other than 0 never prints as 0.
func (m Name) Show(x float64) string { return m.definition().Show(x) }

// Per is the suffix for the metric's figures, " per 1,000 requests"; empty for most. It
// follows a figure, or a range of two, unless the text around it says the same.
func (m Name) Per() string { return m.definition().Per() }

// BenchUnit is the unit of the metric's figures in Go's benchmark format.
func (m Name) BenchUnit() string { return m.definition().BenchUnit() }

// ByBasis reports whether the metric depends on the basis of the run's memory: see
// [Sample.Memory].
func (m Name) ByBasis() bool { return m.definition().Needs.Include(FromMemory) }

// IsErrors reports whether the metric is a share of the requests, 0 to 1.
func (m Name) IsErrors() bool { return m.definition().Figure == RequestShare }

// IsCount reports whether the metric counts things. A percentage of a count is
// meaningless.
func (m Name) IsCount() bool {
	f := m.definition().Figure
	return f == Count || f == MeanCount
}

// MayCount reports whether a trial's figure is a number of things, not a mean of one.
func (m Name) MayCount() bool {
	f := m.definition().Figure
	return f == Count || f == MaybeCount
}

// Skewed reports whether the metric is a quantile of a waiting time: above 0, with a
// long tail to one side. Its mean and interval are then computed on logarithms: the
// mean is geometric, and no end of the interval is below 0.
func (m Name) Skewed() bool { return m.definition().Figure == Wait }

// names lists the metrics outside families in alphabetical order.
func (t Table) names() (all []string) {
	families := slices.DeleteFunc(slices.Clone(t), func(d Definition) bool { return !d.IsFamily() })
	for _, d := range t {
		if !d.IsFamily() && families.find(d.Name) == nil {
			all = append(all, string(d.Name))
		}
	}
	slices.Sort(all)
	return all
}

// called returns the metric that other tools call by this name; empty if there is none.
func (t Table) called(name string) Name {
	i := slices.IndexFunc(t, func(d Definition) bool { return slices.Contains(d.Also, strings.ToLower(name)) })
	if i < 0 {
		return ""
	}
	return t[i].Name
}

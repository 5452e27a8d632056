package metric

import (
	"slices"
	"strings"
)

// Table holds definitions in the order of the report's rows, families last.
type Table []Definition

// Definitions are those of all metrics.
func Definitions() Table { return slices.Clone(definitions) }

// Lookup is the definition of the metric, its family's where it has none of its own.
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

// definition is that of the metric; of an unknown one it is empty.
func (m Name) definition() *Definition {
	if d := definitions.find(m); d != nil {
		return d
	}
	return &Definition{}
}

// Unit is the base unit of the metric's figures.
func (m Name) Unit() Unit { return m.definition().Unit }

// Every is for how many requests a figure of the metric is.
func (m Name) Every() float64 { return float64(max(1, m.definition().Every)) }

// Show prints a figure of the metric, or a difference of two, in the unit that a
// person reads best: 1.58 GB, 0.02%. It is the one way in which tables, pictures,
// terminal and messages print a figure. What is not 0 never reads as 0.
func (m Name) Show(x float64) string { return m.definition().Show(x) }

// Per is what the metric's figures are for, " per 1,000 requests"; empty for most,
// which stand for themselves. It follows a figure of the metric, or a range of two,
// wherever the metric's own words do not say it.
func (m Name) Per() string { return m.definition().Per() }

// BenchUnit is the unit of the metric's figures in Go's benchmark format.
func (m Name) BenchUnit() string { return m.definition().BenchUnit() }

// ByBasis says that what the metric is made of depends on the basis of the run's
// memory: see [Sample.Memory].
func (m Name) ByBasis() bool { return m.definition().Needs.Include(FromHeadline) }

// IsErrors says that the metric is a share of the requests, 0 to 1.
func (m Name) IsErrors() bool { return m.definition().Figure == RequestShare }

// IsCount says that the metric counts things, of which a percentage says nothing.
func (m Name) IsCount() bool {
	f := m.definition().Figure
	return f == Count || f == MeanCount
}

// MayCount says that a trial's figure is a number of things, and no mean of one.
func (m Name) MayCount() bool {
	f := m.definition().Figure
	return f == Count || f == MaybeCount
}

// Skewed says that the metric is a quantile of how long something waited: above 0
// and with a long tail to one side, so that its mean and interval are taken of the
// logarithms. The mean is then the geometric one, and no end of the interval is
// below 0.
func (m Name) Skewed() bool { return m.definition().Figure == Wait }

// names are those of the metrics that belong to no family, in alphabetical order.
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

// called is the metric that others call so; empty: none.
func (t Table) called(name string) Name {
	i := slices.IndexFunc(t, func(d Definition) bool { return slices.Contains(d.Also, strings.ToLower(name)) })
	if i < 0 {
		return ""
	}
	return t[i].Name
}

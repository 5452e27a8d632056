package markdown

import (
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// tabledFigure is a metric with a row in the table.
type tabledFigure struct {
	metric metric.Name
	title  string // Markdown
}

// tabledFigures are the metrics of the table that have a row, in its order. The
// members of families come last, by name.
func tabledFigures(table metric.Table, v *verdict.Verdict) (all []tabledFigure) {
	for _, d := range table {
		if !d.IsFamily() && hasRow(d, v) {
			all = append(all, tabledFigure{d.Name, d.Title})
		}
	}
	return append(all, tabledMembers(table, v)...)
}

func hasRow(d metric.Definition, v *verdict.Verdict) bool {
	switch d.Row {
	case metric.RowAlways:
		return true
	case metric.RowMentioned:
		return mentioned(v, d.Name)
	case metric.RowHeld:
		return view.SomeHold(v, d.Name)
	default:
		return false
	}
}

func tabledMembers(table metric.Table, v *verdict.Verdict) (all []tabledFigure) {
	for _, m := range measuredIn(v) {
		d, _ := table.Lookup(m)
		if !d.IsFamily() || d.Row == metric.RowNever {
			continue
		}
		member, _ := d.Member(m)
		all = append(all, tabledFigure{m, d.TitleOf(escaped(member))})
	}
	return all
}

// measuredIn are the metrics of which some trial has a figure, by name.
func measuredIn(v *verdict.Verdict) []metric.Name {
	seen := map[metric.Name]bool{}
	for _, t := range v.Trials {
		for m := range t.Figures {
			seen[m] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func mentioned(v *verdict.Verdict, m metric.Name) bool {
	return slices.ContainsFunc(v.Trials, func(t measure.TrialResult) bool {
		_, has := t.Figures[m]
		return has || t.Absent[m] != ""
	})
}

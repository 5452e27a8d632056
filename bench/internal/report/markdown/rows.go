package markdown

import (
	"maps"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// figureRow is a metric with a row in the table of figures.
type figureRow struct {
	metric metric.Name
	title  string // Markdown
}

// figureRows are the metrics with a row, in the order of the table of metrics. Members of
// families come last, by name.
func figureRows(table metric.Table, v *verdict.Verdict) (rows []figureRow) {
	seen := map[metric.Name]bool{}    // some trial has a figure or says why it lacks it
	figures := map[metric.Name]bool{} // some trial has a figure
	for _, t := range v.Trials {
		for m := range t.Figures {
			seen[m], figures[m] = true, true
		}
		for m, why := range t.Absent {
			seen[m] = seen[m] || why != ""
		}
	}
	for _, d := range table {
		has := d.Row == metric.RowAlways ||
			d.Row == metric.RowMentioned && seen[d.Name] ||
			d.Row == metric.RowHeld && view.SomeHold(v, d.Name)
		if has && !d.IsFamily() {
			rows = append(rows, figureRow{d.Name, d.Title})
		}
	}
	for _, m := range slices.Sorted(maps.Keys(figures)) {
		if d, _ := table.Lookup(m); d.IsFamily() && d.Row != metric.RowNever {
			member, _ := d.Member(m)
			rows = append(rows, figureRow{m, d.TitleOf(escaped(member))})
		}
	}
	return rows
}

package markdown

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// row is a line of a table: its name and a cell a variant.
type row struct {
	Name  string
	Cells []string
}

// figureTable returns the rows, and the reasons for absent figures. A metric that no
// variant has gets no row.
func figureTable(m view.Material) (rows []row, absent view.Groups) {
	for _, f := range figureRows(metric.Definitions(), m.Verdict) {
		r, lacking := row{Name: f.title}, map[string]string{} // why, by variant
		if f.metric == metric.MemoryMean {
			r.Name += " (" + m.Basis() + ")"
		}
		for _, a := range m.Arms {
			s, ok := m.Verdict.Summary(a.Name, f.metric)
			switch {
			case !ok:
				lacking[a.Name] = whyAbsent(m.Verdict, a.Name, f.metric)
				r.Cells = append(r.Cells, "absent")
			case s.Trials < len(m.Verdict.CountedBlocks):
				r.Cells = append(r.Cells, view.ShowSummary(s)+", of "+view.Plural(s.Trials, "trial"))
			default:
				r.Cells = append(r.Cells, view.ShowSummary(s))
			}
		}
		if len(lacking) < len(m.Arms) {
			rows = append(rows, r)
		}
		addAbsent(&absent, m, f.metric, lacking)
	}
	return rows, absent
}

// addAbsent adds the metric, or the variants that lack it if their reasons differ.
func addAbsent(absent *view.Groups, m view.Material, metric metric.Name, lacking map[string]string) {
	name := "`" + string(metric) + "`"
	if whys := slices.Compact(slices.Sorted(maps.Values(lacking))); len(lacking) == len(m.Arms) && len(whys) == 1 {
		absent.Add(name, whys[0])
		return
	}
	for _, a := range m.Arms {
		if why, ok := lacking[a.Name]; ok {
			absent.Add(name+" of "+escaped(a.Name), why)
		}
	}
}

// whyAbsent is the reason of the first counted trial without the figure.
func whyAbsent(v *verdict.Verdict, variant string, m metric.Name) string {
	for _, t := range v.CountedTrials() {
		if why := t.Absent[m]; t.Variant == variant && why != "" {
			return why
		}
	}
	return "no trial has it"
}

// blockRow is a block of the run.
type blockRow struct {
	Number int
	Order  string
	Cells  []string
}

// blockTable has the mean memory of each trial, and the first claim that compares it,
// block by block.
func blockTable(m view.Material) (compared string, rows []blockRow) {
	claim, compares := memoryComparison(m.Verdict)
	if compares {
		compared = view.FigureOf(claim)
	}
	trials := slices.SortedStableFunc(slices.Values(m.Verdict.CountedTrials()), func(a, b measure.TrialResult) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Position, b.Position))
	})
	for len(trials) > 0 {
		number := trials[0].Block
		n := slices.IndexFunc(trials, func(t measure.TrialResult) bool { return t.Block != number })
		if n < 0 {
			n = len(trials)
		}
		r := blockRow{Number: number, Order: orderOf(trials[:n])}
		for _, a := range m.Arms {
			r.Cells = append(r.Cells, memoryCell(trials[:n], a.Name))
		}
		if i := slices.Index(claim.Blocks, number); compares && i >= 0 {
			r.Cells = append(r.Cells, claim.Show(claim.PerBlock[i]))
		} else if compares && claim.DecidedAfter > 0 && number > slices.Max(claim.Blocks) {
			r.Cells = append(r.Cells, "decided before")
		} else if compares {
			r.Cells = append(r.Cells, notCounted)
		}
		rows, trials = append(rows, r), trials[n:]
	}
	return compared, rows
}

// memoryComparison is the first comparison of mean memory that has figures.
func memoryComparison(v *verdict.Verdict) (verdict.ClaimVerdict, bool) {
	for _, c := range v.Claims {
		if c.Metric == metric.MemoryMean && c.Comparison.Facts().Baseline && len(c.PerBlock) > 0 {
			return c, true
		}
	}
	return verdict.ClaimVerdict{}, false
}

func orderOf(trials []measure.TrialResult) string {
	names := make([]string, len(trials))
	for i, t := range trials {
		names[i] = t.Variant
	}
	return strings.Join(names, ", ")
}

// notCounted marks what no figure uses. The reason is below the table.
const notCounted = "not counted"

// memoryCell is the mean memory of the variant's trial, or why there is none.
func memoryCell(trials []measure.TrialResult, variant string) string {
	i := slices.IndexFunc(trials, func(t measure.TrialResult) bool { return t.Variant == variant })
	if i < 0 {
		return "did not run"
	}
	t := trials[i]
	x, ok := t.Figures[metric.MemoryMean]
	switch {
	case !t.Valid(), !ok && slices.ContainsFunc(t.Invalid, func(r metric.Reason) bool { return r.Spoils(metric.MemoryMean) }):
		return notCounted
	case !ok:
		return "absent"
	default:
		return metric.MemoryMean.Show(x)
	}
}

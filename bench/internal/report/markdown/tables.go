package markdown

import (
	"cmp"
	"fmt"
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

// absence is why some figures are not there.
type absence struct {
	Figures []string // "`worker.uss`", or of one variant "`worker.uss` of after"
	Why     string
}

// figureTable leaves out what no variant has; its reason is among the absent.
func figureTable(m view.Material) (rows []row, absent []absence) {
	for _, t := range tabledFigures(metric.Definitions(), m.Verdict) {
		r, lacking := row{Name: t.title}, map[string]string{}
		if t.metric == metric.MemoryMean {
			r.Name += " (" + m.Basis() + ")"
		}
		for _, a := range m.Arms {
			s, ok := m.Verdict.Summary(a.Name, t.metric)
			if !ok {
				r.Cells = append(r.Cells, "absent")
				lacking[a.Name] = whyAbsent(m.Verdict, a.Name, t.metric)
				continue
			}
			r.Cells = append(r.Cells, view.ShowSummary(s)+fewerTrials(s, len(m.Verdict.CountedBlocks)))
		}
		if len(lacking) < len(m.Arms) {
			rows = append(rows, r)
		}
		absent = addAbsent(m, absent, t.metric, lacking)
	}
	return rows, absent
}

// addAbsent says each reason once, with all figures that lack for it.
func addAbsent(m view.Material, all []absence, metric metric.Name, lacking map[string]string) []absence {
	add := func(figure, why string) {
		i := slices.IndexFunc(all, func(a absence) bool { return a.Why == why })
		if i < 0 {
			i, all = len(all), append(all, absence{Why: why})
		}
		all[i].Figures = append(all[i].Figures, figure)
	}
	name := "`" + string(metric) + "`"
	if whys := slices.Compact(slices.Sorted(maps.Values(lacking))); len(lacking) == len(m.Arms) && len(whys) == 1 {
		add(name, whys[0])
		return all
	}
	for _, a := range m.Arms {
		if why, ok := lacking[a.Name]; ok {
			add(name+" of "+escaped(a.Name), why)
		}
	}
	return all
}

// fewerTrials says that a figure rests on fewer trials than the table is of.
func fewerTrials(s verdict.Summary, of int) string {
	if s.Trials >= of {
		return ""
	}
	return ", of " + view.Plural(s.Trials, "trial")
}

// whyAbsent is the reason that the first trial without the figure gives, of those that no
// repeat took the place of.
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

// blockTable is the headline metric of each trial, and beside it the first
// claim that compares it, block by block. Blocks that don't count say why.
func blockTable(m view.Material) (compared string, rows []blockRow) {
	claim, compares := headlineClaim(m.Verdict)
	if compares {
		compared = fmt.Sprintf("%s, %s against %s", claim.Comparison, claim.Variant, claim.Baseline)
	}
	for _, trials := range byBlock(m.Verdict.CountedTrials()) {
		r := blockRow{Number: trials[0].Block, Order: orderOf(trials)}
		for _, a := range m.Arms {
			r.Cells = append(r.Cells, headlineCell(trials, a.Name))
		}
		if compares {
			r.Cells = append(r.Cells, notCounted)
			if i := slices.Index(claim.Blocks, r.Number); i >= 0 {
				r.Cells[len(r.Cells)-1] = claim.Show(claim.PerBlock[i])
			}
		}
		rows = append(rows, r)
	}
	return compared, rows
}

// headlineClaim is the first comparison of mean memory that has figures.
func headlineClaim(v *verdict.Verdict) (verdict.ClaimVerdict, bool) {
	for _, c := range v.Claims {
		if c.Metric == metric.MemoryMean && c.Comparison.Facts().Baseline && len(c.PerBlock) > 0 {
			return c, true
		}
	}
	return verdict.ClaimVerdict{}, false
}

// byBlock groups the trials by block, each group in the order in which they
// ran.
func byBlock(trials []measure.TrialResult) (blocks [][]measure.TrialResult) {
	sorted := slices.Clone(trials)
	slices.SortStableFunc(sorted, func(a, b measure.TrialResult) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Position, b.Position))
	})
	for _, t := range sorted {
		if n := len(blocks); n > 0 && blocks[n-1][0].Block == t.Block {
			blocks[n-1] = append(blocks[n-1], t)
		} else {
			blocks = append(blocks, []measure.TrialResult{t})
		}
	}
	return blocks
}

func orderOf(trials []measure.TrialResult) string {
	names := make([]string, len(trials))
	for i, t := range trials {
		names[i] = t.Variant
	}
	return strings.Join(names, ", ")
}

// notCounted marks what is in no figure; why stands below the table.
const notCounted = "not counted"

// headlineCell is the trial's mean memory, or that it does not count.
func headlineCell(trials []measure.TrialResult, variant string) string {
	for _, t := range trials {
		if t.Variant != variant {
			continue
		}
		x, ok := t.Figures[metric.MemoryMean]
		switch {
		case !t.Valid():
			return notCounted
		case ok:
			return metric.MemoryMean.Show(x)
		case slices.ContainsFunc(t.Invalid, func(r metric.Reason) bool { return r.Spoils(metric.MemoryMean) }):
			return notCounted
		default:
			return "absent"
		}
	}
	return "did not run"
}

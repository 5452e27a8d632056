package markdown

import (
	"slices"
	"testing"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

// titleIn is the title of the metric's row.
func titleIn(rows []figureRow, m metric.Name) (title string, ok bool) {
	i := slices.IndexFunc(rows, func(r figureRow) bool { return r.metric == m })
	if i < 0 {
		return "", false
	}
	return rows[i].title, true
}

func trialsWith(figures map[metric.Name]float64, absent map[metric.Name]string) *verdict.Verdict {
	return &verdict.Verdict{Trials: []measure.TrialResult{{Variant: "a", Figures: figures, Absent: absent}}}
}

// TestRowsOfANewMetric: what is added to the table has a row, by its rule, in its place.
func TestRowsOfANewMetric(t *testing.T) {
	t.Parallel()
	const toy, drift, held metric.Name = "toy.mean", "toy.drift", "toy.held"
	table := slices.Concat(metric.Table{
		{Name: toy, Title: "a toy", Unit: metric.UnitBytes, Row: metric.RowAlways},
		{Name: drift, Title: "drift of a toy", Unit: metric.UnitBytesPerHour, Row: metric.RowMentioned},
		{Name: held, Title: "toys held", Row: metric.RowHeld},
		{Name: "toy.unseen", Title: "toys without a row"},
	}, metric.Definitions(), metric.Table{{Name: "box.*.toys", Title: "toys in *", Row: metric.RowMentioned}})
	rows := figureRows(table, trialsWith(nil, nil))
	if len(rows) == 0 || rows[0] != (figureRow{toy, "a toy"}) {
		t.Fatalf("the first row is not the toy's: %v", rows)
	}
	for _, m := range []metric.Name{drift, held, "toy.unseen"} {
		if _, ok := titleIn(rows, m); ok {
			t.Errorf("%s has a row, and no trial mentions it", m)
		}
	}
	rows = figureRows(table, trialsWith(map[metric.Name]float64{held: 1, "box.a_b.toys": 3}, map[metric.Name]string{drift: "too short"}))
	for m, want := range map[metric.Name]string{drift: "drift of a toy", held: "toys held", "box.a_b.toys": `toys in a\_b`} {
		if got, _ := titleIn(rows, m); got != want {
			t.Errorf("the row of %s is %q, want %q", m, got, want)
		}
	}
}

// TestRowsOfMentionedFigures: they have a row where a trial mentions them.
func TestRowsOfMentionedFigures(t *testing.T) {
	t.Parallel()
	rows := figureRows(metric.Definitions(), trialsWith(map[metric.Name]float64{metric.Steal: 0}, map[metric.Name]string{metric.Throttled: "no quota"}))
	for m, want := range map[metric.Name]bool{metric.Steal: true, metric.Throttled: true, metric.OtherCPU: false, metric.MemoryMean: true} {
		if _, ok := titleIn(rows, m); ok != want {
			t.Errorf("%s has a row: %t", m, ok)
		}
	}
}

// TestFiguresThatMatterInSome have a row only where some trial has more than 0.
func TestFiguresThatMatterInSome(t *testing.T) {
	t.Parallel()
	of := func(hugetlb float64) []figureRow {
		return figureRows(metric.Definitions(), &verdict.Verdict{Trials: []measure.TrialResult{
			{Variant: "a", Figures: map[metric.Name]float64{metric.MemoryHugetlb: 0}, Absent: map[metric.Name]string{metric.MemoryReclaimable: "v1"}},
			{Variant: "b", Figures: map[metric.Name]float64{metric.MemoryHugetlb: hugetlb}},
		}})
	}
	none, some := of(0), of(2<<20)
	if _, ok := titleIn(none, metric.MemoryHugetlb); ok {
		t.Errorf("a row of nothing: %v", none)
	}
	if _, ok := titleIn(some, metric.MemoryHugetlb); !ok || len(some) != len(none)+1 {
		t.Errorf("got %v", some)
	}
}

// TestRowsOfFamilies: members come last, by name, whatever family they are of; a
// quantile that only a claim asks for has no row.
func TestRowsOfFamilies(t *testing.T) {
	t.Parallel()
	rows := figureRows(metric.Definitions(), trialsWith(map[metric.Name]float64{
		"service.z": 1, "service.boot_seconds": 1, "service.a_bytes": 1, "log.retries": 1, "sidecar.cache.memory": 1, "latency.p99.9": 1, "latency.p90": 1,
	}, nil))
	want := []figureRow{
		{"log.retries", "retries, lines of its log"},
		{"service.a_bytes", `a\_bytes, as the service reports it`}, {"service.boot_seconds", `boot\_seconds, as the service reports it`}, {"service.z", "z, as the service reports it"},
		{"sidecar.cache.memory", "memory of sidecar cache"},
	}
	if got := rows[len(rows)-len(want):]; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, m := range []metric.Name{"latency.p99.9", "latency.p90"} {
		if _, ok := titleIn(rows, m); ok {
			t.Errorf("%s has a row", m)
		}
	}
}

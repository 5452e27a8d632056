package report

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/memproof/memproof/bench"
)

// benchFile holds a line a trial in Go's benchmark format, for benchstat:
//
//	benchstat -col /arm bench.txt
const benchFile = "bench.txt"

// benchUnits are the units that benchstat knows how to print.
var benchUnits = map[bench.Unit]string{bench.UnitBytes: "B", bench.UnitSeconds: "sec", bench.UnitNumber: "n"}

// benchLines are the figures that the verdict counts, a line a trial. The controls
// are arms like the variants.
func benchLines(v *bench.Verdict) ([]byte, error) {
	var out bytes.Buffer
	w := benchfmt.NewWriter(&out)
	counts := countedFigures(v)
	for _, t := range v.Trials {
		r := benchResult(v.Scenario, t)
		for _, metric := range slices.Sorted(maps.Keys(t.Figures)) {
			if counts(t, metric) {
				r.Values = append(r.Values, benchfmt.Value{Value: t.Figures[metric], Unit: benchUnit(metric)})
			}
		}
		if len(r.Values) == 0 {
			continue
		}
		if err := w.Write(r); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// countedFigures says of a trial's figure whether the verdict counts it.
func countedFigures(v *bench.Verdict) func(bench.Measured, bench.Metric) bool {
	type figure struct {
		variant string
		metric  bench.Metric
	}
	known := map[figure][]int{}
	return func(t bench.Measured, metric bench.Metric) bool {
		f := figure{t.Variant, metric}
		if _, ok := known[f]; !ok {
			known[f] = v.Counted(metric, t.Variant)
		}
		return slices.Contains(known[f], t.Block)
	}
}

func benchResult(scenario string, t bench.Measured) *benchfmt.Result {
	return &benchfmt.Result{
		Name: benchfmt.Name(benchName(scenario) + "/arm=" + t.Variant), Iters: 1,
		Config: []benchfmt.Config{{Key: "scenario", Value: []byte(scenario), File: true}},
	}
}

// benchUnit is "memory.mean-B": the metric, and the unit of its figures as benchstat
// knows it.
func benchUnit(m bench.Metric) string {
	unit := string(m) + "-" + benchUnits[m.Unit()]
	if m.Per() != "" {
		unit += "/1000-requests"
	}
	return unit
}

// benchName is the scenario's as the name of a benchmark, which has a capital
// and no dash: what follows a dash would be taken for GOMAXPROCS.
func benchName(scenario string) string {
	name := strings.ReplaceAll(scenario, "-", "")
	return strings.ToUpper(name[:1]) + name[1:]
}

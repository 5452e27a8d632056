package report

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
	"golang.org/x/perf/benchfmt"
)

// benchFile holds a line a trial in Go's benchmark format, for benchstat:
//
//	benchstat -col /arm bench.txt
const benchFile = "bench.txt"

var benchText = output{name: benchFile, write: func(m material) ([]byte, error) {
	if err := m.needsFigures(); err != nil {
		return nil, err
	}
	return benchLines(m.verdict)
}}

// benchLines are the figures that the verdict counts, a line a trial. The controls
// are arms like the variants.
func benchLines(v *verdict.Verdict) ([]byte, error) {
	var out bytes.Buffer
	w := benchfmt.NewWriter(&out)
	counts := countedFigures(v)
	for _, t := range v.Standing() {
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
func countedFigures(v *verdict.Verdict) func(measure.Measured, metric.Name) bool {
	type figure struct {
		variant string
		metric  metric.Name
	}
	known := map[figure][]int{}
	return func(t measure.Measured, metric metric.Name) bool {
		f := figure{t.Variant, metric}
		if _, ok := known[f]; !ok {
			known[f] = v.Counted(metric, t.Variant)
		}
		return slices.Contains(known[f], t.Block)
	}
}

func benchResult(scenario string, t measure.Measured) *benchfmt.Result {
	return &benchfmt.Result{
		Name: benchfmt.Name(benchName(scenario) + "/arm=" + t.Variant), Iters: 1,
		Config: []benchfmt.Config{{Key: "scenario", Value: []byte(scenario), File: true}},
	}
}

// benchUnit is "memory.mean-B": the metric, and the unit of its figures as benchstat
// knows it.
func benchUnit(m metric.Name) string { return string(m) + "-" + m.BenchUnit() }

// benchName is the scenario's as the name of a benchmark, which has a capital
// and no dash: what follows a dash would be taken for GOMAXPROCS.
func benchName(scenario string) string {
	name := strings.ReplaceAll(scenario, "-", "")
	return strings.ToUpper(name[:1]) + name[1:]
}

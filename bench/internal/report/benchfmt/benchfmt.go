// Package benchfmt writes the figures of a run in Go's benchmark format, for benchstat.
package benchfmt

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
	"golang.org/x/perf/benchfmt"
)

// Text holds a line a trial:
//
//	benchstat -col /arm bench.txt
var Text = view.Output{Name: "bench.txt", Write: func(m view.Material) ([]byte, error) {
	if err := m.NeedsFigures(); err != nil {
		return nil, err
	}
	return linesOf(m.Verdict)
}}

// linesOf are the figures that the verdict counts, a line a trial. The controls
// are arms like the variants.
func linesOf(v *verdict.Verdict) ([]byte, error) {
	var out bytes.Buffer
	w := benchfmt.NewWriter(&out)
	counts := countedFigures(v)
	for _, t := range v.CountedTrials() {
		r := resultOf(v.Scenario, t)
		for _, metric := range slices.Sorted(maps.Keys(t.Figures)) {
			if counts(t, metric) {
				r.Values = append(r.Values, benchfmt.Value{Value: t.Figures[metric], Unit: unitOf(metric)})
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
func countedFigures(v *verdict.Verdict) func(measure.TrialResult, metric.Name) bool {
	type figure struct {
		variant string
		metric  metric.Name
	}
	known := map[figure][]int{}
	return func(t measure.TrialResult, metric metric.Name) bool {
		f := figure{t.Variant, metric}
		if _, ok := known[f]; !ok {
			known[f] = v.Counted(metric, t.Variant)
		}
		return slices.Contains(known[f], t.Block)
	}
}

func resultOf(scenario string, t measure.TrialResult) *benchfmt.Result {
	return &benchfmt.Result{
		Name: benchfmt.Name(nameOf(scenario) + "/arm=" + t.Variant), Iters: 1,
		Config: []benchfmt.Config{{Key: "scenario", Value: []byte(scenario), File: true}},
	}
}

// unitOf is "memory.mean-B": the metric, and the unit of its figures as benchstat
// knows it.
func unitOf(m metric.Name) string { return string(m) + "-" + m.BenchUnit() }

// nameOf is the scenario's as the name of a benchmark, which has a capital
// and no dash: what follows a dash would be taken for GOMAXPROCS.
func nameOf(scenario string) string {
	name := strings.ReplaceAll(scenario, "-", "")
	return strings.ToUpper(name[:1]) + name[1:]
}

// Package benchfmt writes the figures of a run in Go's benchmark format, for benchstat.
package benchfmt

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/internal/report/view"
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

// linesOf are the figures that the verdict counts, a line a trial. The controls are arms
// like the variants.
func linesOf(v *verdict.Verdict) ([]byte, error) {
	var out bytes.Buffer
	w := benchfmt.NewWriter(&out)
	counted := map[[2]string][]int{} // the blocks, by arm and metric
	for _, t := range v.CountedTrials() {
		r := &benchfmt.Result{
			Name: benchfmt.Name(nameOf(v.Scenario) + "/arm=" + t.Variant), Iters: 1,
			Config: []benchfmt.Config{{Key: "scenario", Value: []byte(v.Scenario), File: true}},
		}
		for _, m := range slices.Sorted(maps.Keys(t.Figures)) {
			key := [2]string{t.Variant, string(m)}
			if _, ok := counted[key]; !ok {
				counted[key] = v.Counted(m, t.Variant)
			}
			if slices.Contains(counted[key], t.Block) {
				r.Values = append(r.Values, benchfmt.Value{Value: t.Figures[m], Unit: unitOf(m)})
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

// unitOf is "memory.mean-B": the metric, and the unit of its figures as benchstat
// knows it.
func unitOf(m metric.Name) string { return string(m) + "-" + m.BenchUnit() }

// nameOf is the scenario's name as a benchmark: with a capital, and without dashes, since
// what follows a dash would be taken for GOMAXPROCS.
func nameOf(scenario string) string {
	name := strings.ReplaceAll(scenario, "-", "")
	return strings.ToUpper(name[:1]) + name[1:]
}

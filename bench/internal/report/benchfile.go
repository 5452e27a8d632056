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

// benchLines are the figures of the trials that count. The controls are arms
// like the variants.
func benchLines(m material) ([]byte, error) {
	var out bytes.Buffer
	w := benchfmt.NewWriter(&out)
	for _, t := range m.verdict.Trials {
		if !slices.Contains(m.verdict.CountedBlocks, t.Block) {
			continue
		}
		if err := w.Write(benchResult(m.verdict.Scenario, t)); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func benchResult(scenario string, t bench.Measured) *benchfmt.Result {
	r := &benchfmt.Result{
		Name: benchfmt.Name(benchName(scenario) + "/arm=" + t.Variant), Iters: 1,
		Config: []benchfmt.Config{{Key: "scenario", Value: []byte(scenario), File: true}},
	}
	for _, metric := range slices.Sorted(maps.Keys(t.Figures)) {
		r.Values = append(r.Values, benchfmt.Value{Value: t.Figures[metric], Unit: benchUnit(metric)})
	}
	return r
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

package metric_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/metric"
)

// TestEveryMetricIsDefinedOnce: each constant of the package has one definition, and
// each definition outside families has a constant.
func TestEveryMetricIsDefinedOnce(t *testing.T) {
	t.Parallel()
	var defined []metric.Name
	for _, d := range metric.Definitions() {
		if slices.Contains(defined, d.Name) {
			t.Errorf("%s is defined twice", d.Name)
		}
		defined = append(defined, d.Name)
	}
	named := constants(t, "metric.go")
	if len(named) < 30 {
		t.Fatalf("the test found %d constants", len(named))
	}
	for _, m := range named {
		if d, ok := metric.Lookup(m); !ok || d.Name != m {
			t.Errorf("%s has no definition of its own", m)
		}
	}
	for _, m := range defined {
		if !strings.Contains(string(m), "*") && !slices.Contains(named, m) {
			t.Errorf("%s has no constant", m)
		}
	}
}

// constants are the values of the file's constants of type Name.
func constants(t *testing.T, file string) (all []metric.Name) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typed, ok := spec.Type.(*ast.Ident); !ok || typed.Name != "Name" {
			return true
		}
		for _, v := range spec.Values {
			text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, metric.Name(text))
		}
		return true
	})
	return all
}

// TestDefinitionsAreWhole: each definition has every field that a metric needs.
func TestDefinitionsAreWhole(t *testing.T) {
	t.Parallel()
	families := false
	called := map[string]metric.Name{}
	for _, d := range metric.Definitions() {
		if d.Title == "" || d.Better == "" || d.Group == "" || len(d.Needs) == 0 {
			t.Errorf("%s lacks a title, a direction, a kind or what it needs: %+v", d.Name, d)
		}
		if !strings.HasSuffix(d.Taken, ".") || len(strings.Fields(d.Taken)) > 20 {
			t.Errorf("%s: %q is not one sentence of at most 20 words", d.Name, d.Taken)
		}
		if d.Unit.Wants() == "" || d.BenchUnit() == "" {
			t.Errorf("%s has the unknown unit %q", d.Name, d.Unit)
		}
		if (d.Every != 0) != (d.Unit == metric.UnitBytesPerRequest) {
			t.Errorf("%s in %q is for every %d requests", d.Name, d.Unit, d.Every)
		}
		if d.IsFamily() != strings.Contains(d.TitleOf("*"), "*") && d.Name != metric.MemoryMean {
			t.Errorf("%s has the title %q", d.Name, d.Title)
		}
		if families && !d.IsFamily() {
			t.Errorf("%s stands behind a family", d.Name)
		}
		families = d.IsFamily()
		for _, name := range d.Also {
			if other := called[name]; other != "" || strings.ToLower(name) != name {
				t.Errorf("%q is %s and %s", name, other, d.Name)
			}
			called[name] = d.Name
		}
	}
}

// TestLookupFindsMembersOfFamilies: a name outside every family has no definition.
func TestLookupFindsMembersOfFamilies(t *testing.T) {
	t.Parallel()
	for m, want := range map[metric.Name]struct {
		of   metric.Name
		unit metric.Unit
	}{
		"latency.p99.9":        {"latency.p*", metric.UnitSeconds},
		"latency.p95":          {"latency.p95", metric.UnitSeconds},
		"service.boot_seconds": {"service.*_seconds", metric.UnitSeconds},
		"service.heap_bytes":   {"service.*_bytes", metric.UnitBytes},
		"service.restarts":     {"service.*", metric.UnitNumber},
		"log.retries":          {"log.*", metric.UnitNumber},
		"sidecar.cache.memory": {"sidecar.*.memory", metric.UnitBytes},
		"generator.cpu":        {"generator.cpu", metric.UnitCores},
		"rate.sustained":       {"rate.sustained", metric.UnitRequestsPerSecond},
		"memory.growth":        {"memory.growth", metric.UnitBytesPerRequest},
	} {
		if d, ok := metric.Lookup(m); !ok || d.Name != want.of || m.Unit() != want.unit {
			t.Errorf("%s is of %q in %q, want %q in %q", m, d.Name, m.Unit(), want.of, want.unit)
		}
	}
	for _, m := range []metric.Name{"", "latency.p", "latency.p0", "latency.p100", "latency.px", "latency.pNaN", "service.", "log.", "sidecar.memory", "sidecar..memory", "sidecar.cache.cpu", "memory", "memory.mean.x"} {
		if d, ok := metric.Lookup(m); ok {
			t.Errorf("%q is of %s", m, d.Name)
		}
	}
}

// TestUnitsPrintTheirFigures: a unit with a divisor prints like the unit it divides.
func TestUnitsPrintTheirFigures(t *testing.T) {
	t.Parallel()
	for unit, want := range map[metric.Unit]struct {
		written           metric.Unit
		shown, per, bench string
	}{
		metric.UnitBytes:             {metric.UnitBytes, "1.50 MB", "", "B"},
		metric.UnitBytesPerRequest:   {metric.UnitBytes, "1.50 MB", " per request", "B/request"},
		metric.UnitBytesPerHour:      {metric.UnitBytes, "1.50 MB", " per hour", "B/h"},
		metric.UnitRequestsPerSecond: {metric.UnitNumber, "1,500,000", "", "n"},
		metric.UnitCores:             {metric.UnitNumber, "1,500,000", "", "n"},
	} {
		d := metric.Definition{Unit: unit}
		if d.Show(1.5e6) != want.shown || d.Per() != want.per || d.BenchUnit() != want.bench || unit.Written() != want.written {
			t.Errorf("%q: %q, %q, %q, written in %q, want %q", unit, d.Show(1.5e6), d.Per(), d.BenchUnit(), unit.Written(), want)
		}
	}
	d := metric.Definition{Unit: metric.UnitBytesPerRequest, Every: 1000}
	if d.Per() != " per 1,000 requests" || d.BenchUnit() != "B/1000-requests" {
		t.Errorf("for every 1,000 requests: %q, %q", d.Per(), d.BenchUnit())
	}
}

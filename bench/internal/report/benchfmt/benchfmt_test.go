package benchfmt

import (
	"bytes"
	"errors"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchunit"
)

// TestBenchFile: benchstat's own reader gets each valid trial's figures back.
func TestBenchFile(t *testing.T) {
	t.Parallel()
	run := reporttest.GuideLike().Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	text, err := Text.Write(view.Of(run, v))
	reporttest.Check(t, err)
	lines, seen := benchfmt.NewReader(bytes.NewReader(text), Text.Name), map[string]int{}
	for lines.Scan() {
		r, ok := lines.Result().(*benchfmt.Result)
		if !ok {
			t.Fatalf("%v", lines.Result())
		}
		seen[string(r.Name)]++
		if bytes, ok := r.Value("memory.mean-B"); !ok || bytes < 1e8 {
			t.Errorf("%s: memory.mean %v (%t)", r.Name, bytes, ok)
		}
		if seconds, ok := r.Value("latency.p95-sec"); !ok || seconds > 10 {
			t.Errorf("%s: latency.p95 %v (%t)", r.Name, seconds, ok)
		}
	}
	reporttest.Check(t, lines.Err())
	// Block 2 is invalid, so that one of the two injected arms is left.
	for arm, want := range map[string]int{"before": v.Blocks, "after": v.Blocks, scenario.AAArm: v.Blocks, scenario.MemoryArm: 1, scenario.DelayArm: 1} {
		if n := seen["Guide/arm="+arm]; n != want {
			t.Errorf("%d lines of %s, want %d: %v", n, arm, want, seen)
		}
	}
}

// TestNoBenchLinesOfAnInvalidRun: benchstat gets no figures of it.
func TestNoBenchLinesOfAnInvalidRun(t *testing.T) {
	t.Parallel()
	s := reporttest.Small()
	s.Broken = map[int]string{1: "the ledger grew by 2997 rows"}
	run := s.Write(t, t.TempDir())
	text, err := Text.Write(view.Of(run, reporttest.Judged(t, run)))
	if why := view.NotMade(""); !errors.As(err, &why) || text != nil {
		t.Errorf("%q, %v, want the reason why there are none", text, err)
	}
}

// TestBenchLinesAgreeWithTable: the mean over the lines of bench.txt is the table's.
func TestBenchLinesAgreeWithTable(t *testing.T) {
	t.Parallel()
	run := reporttest.Troubled().Write(t, t.TempDir())
	m := view.Of(run, reporttest.Judged(t, run))
	text, err := linesOf(m.Verdict)
	reporttest.Check(t, err)
	got := map[string][]float64{}
	for lines := benchfmt.NewReader(bytes.NewReader(text), Text.Name); lines.Scan(); {
		if r, ok := lines.Result().(*benchfmt.Result); ok {
			for _, value := range r.Values {
				key := string(r.Name) + " " + value.Unit
				got[key] = append(got[key], value.Value)
			}
		}
	}
	for _, s := range m.Verdict.Variants {
		key := "Guide/arm=" + s.Variant + " " + unitOf(s.Metric)
		if len(got[key]) != s.Trials {
			t.Errorf("%s has %d lines, the table %d trials", key, len(got[key]), s.Trials)
			continue
		}
		reporttest.Same(t, key, verdict.Mean(s.Metric, got[key]), s.Mean)
	}
}

// TestGrowthHasAUnitOfBytes to benchstat, for so many requests.
func TestGrowthHasAUnitOfBytes(t *testing.T) {
	t.Parallel()
	unit := unitOf(metric.MemoryGrowth)
	if want := "memory.growth-B/1000-requests"; unit != want || benchunit.ClassOf(unit) != benchunit.Binary {
		t.Errorf("%q of class %v, want %q of bytes", unit, benchunit.ClassOf(unit), want)
	}
}

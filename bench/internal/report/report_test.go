package report

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/report/benchfmt"
	"github.com/memproof/memproof/bench/internal/report/markdown"
	"github.com/memproof/memproof/bench/internal/report/reporttest"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
)

var update = flag.Bool("update", false, "write testdata from what the code does now")

// TestReport compares the whole page with a golden one. It reads the verdict from
// testdata too, so that a change of the verdict does not change the page.
func TestReport(t *testing.T) {
	t.Parallel()
	run := reporttest.GuideLike().Write(t, t.TempDir())
	goldenFile := filepath.Join("testdata", "verdict.json")
	if *update {
		golden(t, goldenFile, indented(t, reporttest.Judged(t, run)))
	}
	text, err := os.ReadFile(goldenFile)
	reporttest.Check(t, err)
	var v verdict.Verdict
	reporttest.Check(t, json.Unmarshal(text, &v))
	reporttest.Check(t, Write(run, &v))
	page, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	golden(t, filepath.Join("testdata", "report.golden.md"), page)

	var closing strings.Builder
	reporttest.Check(t, Closing(&closing, &v))
	golden(t, filepath.Join("testdata", "closing.golden.txt"), []byte(closing.String()))
	for _, name := range []string{"memory.png", "processes.png", "latency.png", "effect.png", "effect-over-time.png", "analyses.png"} {
		reporttest.LookAt(t, filepath.Join(run.Dir, name))
	}
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	reporttest.Check(t, err)
	return append(text, '\n')
}

// golden compares with a file of testdata, or writes it with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		reporttest.Check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		reporttest.Check(t, os.WriteFile(path, got, 0o644))
		return
	}
	want, err := os.ReadFile(path)
	reporttest.Check(t, err)
	if string(got) == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i, line := range gotLines {
		if i >= len(wantLines) || line != wantLines[i] {
			t.Fatalf("%s differs from line %d (go test -run %s -update writes it anew):\n got %q\nwant %q", path, i+1, t.Name(), line, at(wantLines, i))
		}
	}
	t.Fatalf("%s has %d lines more than was written", path, len(wantLines)-len(gotLines))
}

func at(lines []string, i int) string {
	if i >= len(lines) {
		return "(nothing)"
	}
	return lines[i]
}

// TestVoid: a void run answers no claim and has no picture; the pictures of an earlier
// report are removed. The heads of its tables say that the run is void, because tables
// are copied out of reports.
func TestVoid(t *testing.T) {
	t.Parallel()
	why := map[int]string{3: "the ledger grew by 2997 rows, not by 3000"}
	broken, failed := reporttest.Small(), reporttest.Small()
	broken.Broken, failed.Failed = why, why
	t.Run("INVALID", func(t *testing.T) { void(t, broken, verdict.Invalid, "an INVALID run") })
	t.Run("FAILED", func(t *testing.T) { void(t, failed, verdict.Failed, "a FAILED run") })
}

func void(t *testing.T, s reporttest.Synthetic, want verdict.Outcome, ofRun string) {
	t.Helper()
	run := s.Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	memory, ok := v.Summary(v.Trials[0].Variant, metric.MemoryMean)
	if v.Outcome != want || !ok {
		t.Fatalf("%s; the test needs a run that is %s and has figures", v.Outcome, want)
	}
	stale := []string{"memory.png", "processes.png", "latency.png", "effect.png", "effect-over-time.png", "analyses.png", benchfmt.Text.Name}
	for _, name := range stale {
		reporttest.Check(t, os.WriteFile(filepath.Join(run.Dir, name), []byte("stale"), 0o644))
	}
	reporttest.Check(t, Write(run, v))
	for _, name := range stale {
		if _, err := os.Stat(filepath.Join(run.Dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	var closing strings.Builder
	reporttest.Check(t, Closing(&closing, v))
	for name, page := range map[string]string{markdown.Page.Name: string(text), "closing": closing.String()} {
		if !strings.Contains(page, "2997 rows") || !strings.Contains(page, string(want)) || strings.Contains(page, ".png") {
			t.Errorf("%s does not say what broke, or has a picture:\n%s", name, page)
		}
	}
	figure := metric.MemoryMean.Show(memory.Mean)
	if claims, figures, ok := strings.Cut(string(text), "## Figures"); !ok || strings.Contains(claims, figure) || !strings.Contains(figures, figure) {
		t.Errorf("%s is not in the table of figures alone:\n%s", figure, text)
	}
	for _, head := range []string{"| figure, of " + ofRun + " |", "| block of " + ofRun + " |"} {
		if !strings.Contains(string(text), head) {
			t.Errorf("no table has the head %q:\n%s", head, text)
		}
	}
	if strings.Contains(closing.String(), " MB") {
		t.Errorf("the terminal of a void run has figures:\n%s", &closing)
	}
}

// TestEachReasonOnce: the reason that spoils the latency of all blocks appears once in
// the report and once on the terminal, with the claims that it leaves open. The claim on
// memory is answered.
func TestEachReasonOnce(t *testing.T) {
	t.Parallel()
	s := reporttest.Small()
	s.YAML = strings.Replace(s.YAML, "claims: [", `claims: [{id: p50, metric: latency.p50, variant: after, baseline: before, ratio: {at_most: 1.1}}, {id: p50-value, metric: latency.p50, variant: after, value: {at_most: 1s}}, `, 1)
	s.Late = map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true}
	run := s.Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	if v.Void || v.Outcome != verdict.Invalid {
		t.Fatalf("%s, void %t: the test needs a run of which some claims have an answer", v.Outcome, v.Void)
	}
	reporttest.Check(t, Write(run, v))
	page, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	var closing strings.Builder
	reporttest.Check(t, Closing(&closing, v))
	for name, page := range map[string]string{markdown.Page.Name: string(page), "closing": closing.String()} {
		absent, _, _ := strings.Cut(page, "### Block by block") // the table's own reasons
		if n := strings.Count(strings.ReplaceAll(page, absentLine(absent), ""), "the generator fell behind"); n != 1 {
			t.Errorf("%s gives the reason %d times, want once:\n%s", name, n, page)
		}
		if !strings.Contains(page, "PROVEN") || !strings.Contains(page, "p50") {
			t.Errorf("%s lacks the claim on memory or the open ones:\n%s", name, page)
		}
	}
	for _, file := range []string{"memory.png", "processes.png", "effect.png"} {
		if _, err := os.Stat(filepath.Join(run.Dir, file)); err != nil {
			t.Errorf("memory was not spoiled, and there is no %s", file)
		}
	}
}

// absentLine is the line of absent latencies.
func absentLine(page string) string {
	for _, l := range strings.Split(page, "\n") {
		if strings.HasPrefix(l, "- `latency") {
			return l
		}
	}
	return ""
}

// TestRepeated: page and terminal show a repeated trial with its reason.
func TestRepeated(t *testing.T) {
	t.Parallel()
	s := reporttest.Small()
	s.YAML += "max_repeats: 1\n"
	s.Blocks = 7
	s.Broken = map[int]string{3: "the ledger grew by 2997 rows, not by 3000"}
	run := s.Write(t, t.TempDir())
	v := reporttest.Judged(t, run)
	if v.Outcome != verdict.Proven {
		t.Fatalf("%s: %q", v.Outcome, v.Reasons)
	}
	reporttest.Check(t, Write(run, v))
	page, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
	reporttest.Check(t, err)
	var closing strings.Builder
	reporttest.Check(t, Closing(&closing, v))
	for name, page := range map[string]string{markdown.Page.Name: string(page), "closing": closing.String()} {
		if !strings.Contains(page, "block 3, ") || !strings.Contains(page, "2997 rows") {
			t.Errorf("%s does not name the repeated trial:\n%s", name, page)
		}
	}
}

// TestAbsent: each figure or picture that is absent has a reason.
func TestAbsent(t *testing.T) {
	t.Parallel()
	oneVariant := strings.NewReplacer(", {name: after, build: ./a}", "", "variant: after, baseline: before, reduction: {at_least: 50%}", "variant: before, value: {at_most: 2GB}").Replace(reporttest.Small().YAML)
	noClaim, _, _ := strings.Cut(reporttest.Small().YAML, "claims:")
	fewHits := strings.ReplaceAll(noClaim, "50/s, for: 4s", "4/s, for: 4s")
	for name, c := range map[string]struct {
		change func(*reporttest.Synthetic)
		want   []string // in the report
		drawn  []string
	}{
		"no PSS, two blocks": {
			func(s *reporttest.Synthetic) { s.NoPSS, s.Blocks = true, 2 },
			[]string{
				"# small: INCONCLUSIVE", "The answer is preliminary",
				"No picture: no sample of a valid trial's window holds the PSS", "- `pss.mean`, `worker.uss`, `worker.pss`: ",
			},
			[]string{"memory.png", "latency.png", "effect.png"},
		},
		"no cgroup, one variant": {
			func(s *reporttest.Synthetic) { s.NoGroup, s.YAML = true, oneVariant },
			[]string{"# small: PROVEN", "<sub>memory.mean of before</sub>", "**memory**, mean (sum of PSS)", "`working_set.mean`"},
			[]string{"memory.png", "processes.png", "latency.png", "effect.png"},
		},
		"few hits, no claim": {
			func(s *reporttest.Synthetic) { s.YAML = fewHits },
			[]string{
				"No picture: a valid trial has 16 hits in its window; percentiles need 20", "`latency.p99`: ",
				"The scenario claims nothing.", "No picture: no claim has an estimate with an interval",
			},
			[]string{"memory.png", "processes.png"},
		},
		"one block": {
			func(s *reporttest.Synthetic) { s.Blocks = 1 },
			[]string{"# small: INCONCLUSIVE", "not measured", "No picture: no claim has an estimate with an interval", "the run ended after 1 of 6 blocks"},
			[]string{"memory.png", "processes.png", "latency.png"},
		},
		"discarded trials": {
			func(s *reporttest.Synthetic) {
				s.Machine = map[string]string{experiment.FactDiscarded: experiment.DiscardedTrials}
			},
			[]string{"reclaimable slab included, after one discarded trial of each image) of each trial", experiment.DiscardedTrials},
			[]string{"memory.png", "processes.png", "latency.png", "effect.png", "effect-over-time.png", "analyses.png"},
		},
		"no memory": {
			func(s *reporttest.Synthetic) { s.NoGroup, s.NoPSS, s.YAML = true, true, noClaim },
			[]string{"# small: INVALID", "- `memory.mean`, `memory.peak`, "},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := reporttest.Small()
			c.change(&s)
			run := s.Write(t, t.TempDir())
			reporttest.Check(t, Write(run, reporttest.Judged(t, run)))
			text, err := os.ReadFile(filepath.Join(run.Dir, markdown.Page.Name))
			reporttest.Check(t, err)
			for _, want := range c.want {
				if !strings.Contains(string(text), want) {
					t.Errorf("the report does not say %q:\n%s", want, text)
				}
			}
			got, err := filepath.Glob(filepath.Join(run.Dir, "*.png"))
			reporttest.Check(t, err)
			if len(got) != len(c.drawn) {
				t.Errorf("drew %q, want %q", got, c.drawn)
			}
			for _, file := range c.drawn {
				reporttest.LookAt(t, filepath.Join(run.Dir, file))
			}
		})
	}
}

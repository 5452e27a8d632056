package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// TestCommittedReports: of a run without raw data the verdict is what its headline and
// its report say, the pictures are there, and its scenario is the one that was measured.
func TestCommittedReports(t *testing.T) {
	for _, dir := range committedRuns(t) {
		if slices.Contains(whole, filepath.Base(dir)) {
			continue // TestCommittedRuns judges it
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			v := committedVerdict(t, dir)
			holdsHeadlines(t, filepath.Base(dir), v)
			showsTheVerdict(t, dir, v)
			var none record.NoRawData
			if _, err := record.OpenRun(dir); !errors.As(err, &none) {
				t.Errorf("said %v, want that the raw data is missing", err)
			}
		})
	}
}

func committedVerdict(t *testing.T, dir string) *verdict.Verdict {
	t.Helper()
	v := &verdict.Verdict{}
	if err := json.Unmarshal([]byte(text(t, filepath.Join(dir, "verdict.json"))), v); err != nil {
		t.Fatal(err)
	}
	return v
}

var picture = regexp.MustCompile(`!\[[^\]]*\]\(([^)]+)\)`)

func showsTheVerdict(t *testing.T, dir string, v *verdict.Verdict) {
	t.Helper()
	report := text(t, filepath.Join(dir, "report.md"))
	if want := "# " + v.Scenario + ": " + string(v.Outcome) + "\n"; !strings.HasPrefix(report, want) {
		t.Errorf("the report of %s does not begin with %q", dir, want)
	}
	for _, outcome := range []verdict.Outcome{verdict.Proven, verdict.Refuted, verdict.Inconclusive, verdict.Invalid} {
		n := 0
		for _, c := range v.Claims {
			if c.Outcome == outcome {
				n++
			}
		}
		if got := strings.Count(report, "**"+string(outcome)+"**"); got < n || got > 0 && n == 0 {
			t.Errorf("the report of %s says %s %d times, verdict.json of %d claims", dir, outcome, got, n)
		}
	}
	pictures := picture.FindAllStringSubmatch(report, -1)
	if len(pictures) == 0 {
		t.Errorf("the report of %s has no picture", dir)
	}
	for _, m := range pictures {
		if info, err := os.Stat(filepath.Join(dir, m[1])); err != nil || info.Size() == 0 {
			t.Errorf("picture %s of %s: %v", m[1], dir, err)
		}
	}
}

// TestRawDataIsSmall: a clone does not grow by what can be measured again.
func TestRawDataIsSmall(t *testing.T) {
	const most = 30 << 20
	sum := int64(0)
	for _, name := range slices.Concat(whole, studies) {
		err := filepath.WalkDir(filepath.Join("../../../reports", name), func(_ string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			info, err := e.Info()
			if err == nil {
				sum += info.Size()
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if sum > most {
		t.Errorf("the runs with raw data have %d bytes, want at most %d", sum, most)
	}
}

// TestLineEndsAreKept: git changes no byte of what is checked by its bytes.
func TestLineEndsAreKept(t *testing.T) {
	if _, err := os.Stat("../../../.git"); err != nil {
		t.Skip("no checkout of git: clone the repository to run this test")
	}
	check := exec.Command("git", "check-attr", "text", "--", "reports/reference/scenario.yaml", "reports/any/inputs/day.csv", "reports/reference/memory.png",
		"bench/cmd/memproof/testdata/validate.txtar", "bench/internal/sampler/testdata/v2/memory.stat", "any.gz")
	check.Dir = "../../.."
	out, err := check.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasSuffix(line, ": text: unset\n") {
			t.Errorf("git may change line ends: %s", line)
		}
	}
}

// TestReadmeFigures: what the README says of a committed run stands in its verdict.json.
func TestReadmeFigures(t *testing.T) {
	readme := strings.Join(strings.Fields(text(t, "../../../README.md")), " ")
	for run, figures := range map[string]func(*verdict.Verdict) []string{
		"reference": func(v *verdict.Verdict) []string {
			return []string{"reference run " + amount(v, "before", metric.MemoryMean) + ")"}
		},
		"reference-attribution": func(v *verdict.Verdict) (all []string) {
			says := map[string]string{"workers": "workers earned %s of the saving", "client": "the pooled client %s", "recycling": "recycling %s", "scheduler": "one scheduler %s"}
			for _, c := range v.Attribution.Causes {
				all = append(all, fmt.Sprintf(says[c.Name], metric.Percent(c.Share.Change)))
			}
			return all
		},
		"reference-gunicorn": func(v *verdict.Verdict) []string {
			return []string{
				"changes take " + between(v, "reduction"), "from " + strings.TrimSuffix(amount(v, "before", metric.MemoryMean), " MB") + " to " + amount(v, "after", metric.MemoryMean),
				"Fewer workers alone are " + metric.Percent(*claimOf(v, "workers-alone").Estimate), "it is " + between(v, "reduction-preload"),
			}
		},
		"reference-gunicorn-recycling": func(v *verdict.Verdict) []string {
			never, _ := v.Summary("never", "latency.p95")
			after, _ := v.Summary("after-500", "latency.p95")
			return []string{fmt.Sprintf("takes p95 from %.2f to %.1f s", never.Mean, after.Mean), fmt.Sprintf("leaves %.1f%% of them", 100**claimOf(v, "errors").Estimate)}
		},
		"reference-witness": func(v *verdict.Verdict) []string {
			return []string{"saves " + metric.Percent(*claimOf(v, "reduction").Estimate), "gunicorn " + metric.Percent(*claimOf(v, "reduction-gunicorn").Estimate)}
		},
	} {
		for _, want := range figures(committedVerdict(t, filepath.Join("../../../reports", run))) {
			if !strings.Contains(readme, want) {
				t.Errorf("the README lacks %q, which verdict.json of %s says", want, run)
			}
		}
	}
}

func claimOf(v *verdict.Verdict, id string) verdict.ClaimVerdict {
	return v.Claims[slices.IndexFunc(v.Claims, func(c verdict.ClaimVerdict) bool { return c.ID == id })]
}

// between is a claim's share with its interval.
func between(v *verdict.Verdict, id string) string {
	c := claimOf(v, id)
	return fmt.Sprintf("%s (%s to %s)", metric.Percent(*c.Estimate), metric.Percent(*c.Low), metric.Percent(*c.High))
}

func amount(v *verdict.Verdict, variant string, m metric.Name) string {
	s, _ := v.Summary(variant, m)
	return metric.FormatValue(s.Mean, metric.UnitBytes)
}

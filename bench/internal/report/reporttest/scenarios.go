package reporttest

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// The scenarios of the runs.
var (
	//go:embed testdata/guide.yaml
	guideYAML string
	//go:embed testdata/small.yaml
	smallYAML string
	//go:embed testdata/attribution.yaml
	attributionYAML string
)

// GuideLike is a run like that of the guide: five workers against three, with
// one block that broke and was run again.
func GuideLike() Synthetic {
	return Synthetic{
		YAML: guideYAML,
		Service: map[string]Service{
			"before": {Workers: 5, Resident: 215e6, Grows: 86e6, Overhead: 0.014, Failing: 0.0004},
			"after":  {Workers: 3, Resident: 178e6, Grows: 31e6, Overhead: 0.003, Failing: 0.0001},
		},
		Blocks: 7,
		Broken: map[int]string{2: "the ledger grew by 2997 rows | not by 3000"},
		Machine: map[string]string{
			"engine": "docker: engine 27.1 answers", "kernel": "6.8.0", "cpu": "2 × Example CPU @ 2.40GHz", "image after": "memproof/after:1f0c",
		},
	}
}

// Small is a run of seconds, for what a few hits and samples can show.
func Small() Synthetic {
	s := GuideLike()
	s.Blocks, s.Broken = 0, nil
	s.YAML = smallYAML
	return s
}

// Troubled is a run with all that can set a picture and its table apart: requests
// that fail fast, a block that broke and was replaced, one that lost its latency, and
// blocks beyond the look that decided.
func Troubled() Synthetic {
	s := GuideLike()
	before, after := s.Service["before"], s.Service["after"]
	before.Failing, after.Failing = 0.03, 0.02
	s.Service = map[string]Service{"before": before, "after": after}
	s.YAML = strings.NewReplacer("  phases:", "  max_errors: 10%\n  phases:", "blocks: 6", "blocks: 9\ninterim_analyses: [6, 9]").Replace(s.YAML)
	s.YAML, _, _ = strings.Cut(s.YAML, "  - {id: before-size") // which no look decides
	s.YAML += "controls: {memory: 160MB, delay: 20ms}\n"
	s.Blocks, s.Late = 10, map[int]bool{6: true}
	return s
}

// AttributionRun is of a service with two changes of which one acts: fewer
// workers. The other moves nothing.
func AttributionRun(t *testing.T, dir string) *record.Run {
	t.Helper()
	s := Small()
	s.YAML = attributionYAML
	many, few := s.Service["before"], s.Service["before"]
	many.Workers, few.Workers = 5, 2
	s.Service = map[string]Service{"none": many, "workers": few, "idle": many, "all": few}
	return s.Write(t, dir)
}

// GrowthClaim is a claim of that kind on growth, with what was measured.
func GrowthClaim(kind comparison.Name) verdict.ClaimVerdict {
	estimate, low, high, most := -75.8e6, -95.4e6, -56.3e6, 0.0
	return verdict.ClaimVerdict{Metric: metric.MemoryGrowth, Variant: "after", Baseline: "before", Comparison: kind, Estimate: &estimate, Low: &low, High: &high, AtMost: &most}
}

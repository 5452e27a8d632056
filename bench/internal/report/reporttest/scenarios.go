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

// GuideLike is a run like the guide's: five workers and three, with one block that broke
// and was repeated.
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
			"engine": "docker: engine 27.1 answers", "kernel": "6.8.0",
			"cpu": "2 × Example CPU @ 2.40GHz", "image after": "memproof/after:1f0c",
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

// Troubled is a run in which a picture and its table could disagree: requests fail fast,
// one block broke and was repeated, one lost its latency, and blocks follow the interim
// analysis that decided.
func Troubled() Synthetic {
	s := GuideLike()
	before, after := s.Service["before"], s.Service["after"]
	before.Failing, after.Failing = 0.03, 0.02
	s.Service = map[string]Service{"before": before, "after": after}
	s.YAML = strings.NewReplacer(
		"  phases:", "  max_errors: 10%\n  phases:",
		"blocks: 6", "blocks: 9\ninterim_analyses: [6, 9]",
	).Replace(s.YAML)
	s.YAML, _, _ = strings.Cut(s.YAML, "  - {id: before-size") // inconclusive at every analysis
	s.YAML += "controls: {memory: 160MB, delay: 20ms}\n"
	s.Blocks, s.Late = 10, map[int]bool{6: true}
	return s
}

// AttributionRun is a run of a service with two changes: fewer workers, and one without
// effect.
func AttributionRun(t *testing.T, dir string) *record.Run {
	t.Helper()
	s := Small()
	s.YAML = attributionYAML
	many, few := s.Service["before"], s.Service["before"]
	many.Workers, few.Workers = 5, 2
	s.Service = map[string]Service{"none": many, "workers": few, "idle": many, "all": few}
	return s.Write(t, dir)
}

// GrowthClaim is a claim on growth, with its measured figures.
func GrowthClaim(by comparison.Name) verdict.ClaimVerdict {
	estimate, low, high, most := -75.8e6, -95.4e6, -56.3e6, 0.0
	return verdict.ClaimVerdict{
		Metric: metric.MemoryGrowth, Variant: "after", Baseline: "before", Comparison: by,
		Estimate: &estimate, Low: &low, High: &high, AtMost: &most,
	}
}

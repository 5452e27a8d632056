package reporttest

import (
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
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

const guideYAML = `
name: guide
about: |
  What the guide says of its four changes | and what
  a run of both builds says of the guide.
variants:
  - {name: before, build: ./variants/before}
  - {name: after, build: ./variants/after, env: {GUNICORN_WORKERS: "3"}}
limits: {cpus: 2, memory: 4GB}
database:
  settings: {fsync: "on", shared_buffers: 128MB}
load:
  target: {method: POST, path: /v1/chat, body: hello}
  phases:
    - {name: warm-up, rate: 100/s, for: 5s}
    - {name: window, rate: 100/s, for: 20s, measure: true}
blocks: 6
max_repeats: 1
seed: 42
claims:
  - {id: reduction, statement: "Memory falls by 60%", metric: memory.mean, variant: after, baseline: before, reduction: {at_least: 60%}}
  - {id: after-size, statement: "After: ~600-800 MB | with 3 workers", metric: memory.mean, variant: after, value: {at_least: 600MB, at_most: 800MB}}
  - {id: before-size, statement: "Before: at most 1.58 GB", metric: memory.mean, variant: before, value: {at_most: 1.58GB}}
  - {id: latency, statement: "No slower at the 95th percentile, whatever else the four changes do to the service", metric: latency.p95, variant: after, baseline: before, ratio: {at_most: 1.1}}
  - {id: errors, metric: errors, variant: after, baseline: before, difference: {at_most: 0.1%}}
controls: {memory: 160MB, delay: 20ms}
`

// Small is a run of seconds, for what a few hits and samples can show.
func Small() Synthetic {
	s := GuideLike()
	s.Blocks, s.Broken = 0, nil
	s.YAML = `
name: small
variants: [{name: before, build: ./b}, {name: after, build: ./a}]
load:
  target: {path: /}
  phases: [{name: warm-up, rate: 20/s, for: 2s}, {name: window, rate: 50/s, for: 4s, measure: true}]
claims: [{id: reduction, statement: "Half of it", metric: memory.mean, variant: after, baseline: before, reduction: {at_least: 50%}}]
`
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
	s.YAML = `
name: small
attribution:
  build: ./a
  causes:
    - {name: workers, statement: "fewer | workers", args: [-w], manipulation_check: processes}
    - {name: idle, statement: a change that does nothing, args: [-i], manipulation_check: processes}
load:
  target: {path: /}
  phases: [{name: warm-up, rate: 20/s, for: 2s}, {name: window, rate: 50/s, for: 4s, measure: true}]
blocks: 3
controls: {memory: 200MB}
`
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

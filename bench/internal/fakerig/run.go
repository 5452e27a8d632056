package fakerig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// Create creates a run of Text, changed by pairs of old and new text.
func Create(t *testing.T, oldnew ...string) *record.Run {
	t.Helper()
	text := strings.NewReplacer(oldnew...).Replace(Text)
	run, err := record.CreateRun(filepath.Join(t.TempDir(), "run"), []byte(text), record.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// Execute conducts the run on the fake machine and judges its directory.
func Execute(t *testing.T, run *record.Run, f *Rig) *verdict.Verdict {
	t.Helper()
	if err := experiment.Conduct(t.Context(), design.Of(run), run, f.Rig()); err != nil {
		t.Fatal(err)
	}
	return Judged(t, run.Dir)
}

// Judged returns the verdict on a run directory.
func Judged(t *testing.T, dir string) *verdict.Verdict {
	t.Helper()
	run, err := record.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verdict.Judge(run)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func Claim(t *testing.T, v *verdict.Verdict, id string) verdict.ClaimVerdict {
	t.Helper()
	i := slices.IndexFunc(v.Claims, func(c verdict.ClaimVerdict) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("no claim %q", id)
	}
	return v.Claims[i]
}

// Codes returns the codes of the reasons, in their order.
func Codes(reasons []metric.Reason) (all []metric.Code) {
	for _, r := range reasons {
		all = append(all, r.Code)
	}
	return all
}

// Has reports whether one of the reasons has the code.
func Has(reasons []metric.Reason, code metric.Code) bool {
	return slices.Contains(Codes(reasons), code)
}

func Count(calls []string, prefix string) (n int) {
	for _, c := range calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func Exits(s *experiment.Subject, how record.Exit) {
	stop := s.Stop
	s.Stop = func(ctx context.Context) (record.Exit, error) {
		_, err := stop(ctx)
		return how, err
	}
}

// ManyArms adds variants up to n arms, the two controls included.
func ManyArms(n int) []string {
	var more strings.Builder
	for i := range n - 4 {
		fmt.Fprintf(&more, "  - {name: v%d, build: ./v}\n", i)
	}
	return []string{"  - {name: b, build: ./b}\n", "  - {name: b, build: ./b}\n" + more.String()}
}

// SpoilSamples changes every sample on its way to disk; i counts them.
func SpoilSamples(s *experiment.Subject, how func(i int, sample *metric.Sample)) {
	sample, i := s.Sample, 0
	s.Sample = func(ctx context.Context, sink func(metric.Sample) error) error {
		return sample(ctx, func(one metric.Sample) error {
			how(i, &one)
			i++
			return sink(one)
		})
	}
}

// Fixed fixes the amounts that the controls inject.
var Fixed = []string{"blocks: 6", "blocks: 6\ncontrols: {memory: 64MB, delay: 20ms}"}

func Read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// OtherCPU returns a reading of a machine with this share of other CPU.
func OtherCPU(share float64) metric.Noise { return metric.Noise{OtherCPU: &share} }

// SidecarScenario adds a sidecar to the scenario.
const SidecarScenario = "\nsidecars: [{name: cache, image: redis, port: 6379}]\n"

// Text is a scenario with two variants and a simple window.
const Text = `name: fake
variants:
  - {name: a, build: ./a}
  - {name: b, build: ./b}
load:
  target: {path: /}
  idle: 2s
  phases:
    - {name: warm, rate: 50/s, for: 2s}
    - {name: window, rate: 50/s, for: 10s, measure: true}
blocks: 6
claims:
  - {id: less, statement: it takes less, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}
  - {id: fast, statement: it is as fast, metric: latency.p50, variant: b, baseline: a, ratio: {at_most: 1.1}}
`

package bench_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench"
	"github.com/memproof/memproof/bench/internal/engine"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// gateScenario asks whether a change made a service heavier. AFTER is how many
// megabytes the changed one holds, of 40 before.
const gateScenario = `name: gate
variants:
  - {name: before, build: ./bench/testdata/gate, args: ["-addr=:${port}", -mb=40]}
  - {name: after, build: ./bench/testdata/gate, args: ["-addr=:${port}", -mb=AFTER]}
limits: {cpus: 1}
load:
  target: {path: /}
  equal_responses: true
  idle: 200ms
  max_lag: 1s
  phases:
    - {name: warm-up, rate: 50/s, for: 300ms}
    - {name: window, rate: 50/s, for: 1500ms, measure: true}
noise: {other_cpu: 1000%, cpu_psi: 100%, wakeup_latency: 100ms, reading: 200ms, other_cpu_during: 1000%}
blocks: 6
controls: {memory: 64MB, delay: 20ms}
claims:
  - {id: no-heavier, statement: the change costs no more than a tenth, metric: memory.mean, variant: after, baseline: before, ratio: {at_most: 1.1}}
`

// TestGate runs for real what a pipeline does, on the engine that every Linux has:
// it goes red for a change that makes the service heavier, stays green where
// nothing changed, and says of a run that was disturbed or cut short that it
// proves nothing.
func TestGate(t *testing.T) {
	long(t)
	if _, _, err := engine.Choose(t.Context(), engine.Host, new(scenario.Scenario)); err != nil {
		lacks(t, string(engine.Host), fmt.Sprintf("no engine host: %v", err))
	}
	t.Run("nothing changed", func(t *testing.T) {
		bench.Gate(t, gateFile(t, "AFTER", "40"))
	})
	t.Run("heavier by half", func(t *testing.T) {
		v, dir := gate(t, "AFTER", "60")
		if v.Outcome != verdict.Refuted {
			t.Errorf("it is %s: %q", v.Outcome, v.Reasons)
		}
		cutShort(t, dir)
	})
	t.Run("a neighbour", func(t *testing.T) {
		busy(t)
		_, claims, _ := strings.Cut(gateScenario, "claims:")
		v, _ := gate(t, "AFTER", "40", "other_cpu_during: 1000%", "other_cpu_during: 30%", "blocks: 6", "blocks: 2", "claims:"+claims, "")
		if !fakerig.Has(v.Disturbed, metric.NoisyNeighbour) {
			t.Errorf("it is %s: %q, disturbed %q", v.Outcome, v.Reasons, v.Disturbed)
		}
	})
}

// gateFile is the scenario's file, changed by pairs of old and new text.
func gateFile(t *testing.T, oldnew ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gate.yaml")
	if err := os.WriteFile(file, []byte(strings.NewReplacer(oldnew...).Replace(gateScenario)), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// gate runs the scenario on the host, changed by pairs of old and new text.
func gate(t *testing.T, oldnew ...string) (*verdict.Verdict, string) {
	t.Helper()
	var out bytes.Buffer
	run := filepath.Join(t.TempDir(), "run")
	v, err := bench.Run(t.Context(), bench.Options{Scenario: gateFile(t, oldnew...), Engine: engine.Host, Dir: run, Out: &out})
	t.Log("\n" + out.String())
	if err != nil {
		t.Fatal(err)
	}
	return v, run
}

// cutShort takes blocks away from a run that was red: fewer than it takes prove
// nothing, whatever they show.
func cutShort(t *testing.T, dir string) {
	t.Helper()
	gone, err := filepath.Glob(filepath.Join(dir, "trials", "b0[3-6]-*"))
	if err != nil || len(gone) != 4*3 {
		t.Fatalf("%d trials in blocks 3 to 6, %v", len(gone), err)
	}
	for _, trial := range gone {
		if err := os.RemoveAll(trial); err != nil {
			t.Fatal(err)
		}
	}
	if v := fakerig.Judged(t, dir); v.Outcome != verdict.Inconclusive {
		t.Errorf("two blocks of six are %s: %q", v.Outcome, v.Reasons)
	}
}

// busy keeps a processor busy until the test ends.
func busy(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "sh", "-c", "while :; do :; done")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
	})
}

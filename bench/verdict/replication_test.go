package verdict_test

import (
	"math"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
)

// Two pairs have the same claims: one keeps 40% of its memory, the other 60%, half as
// much again. They answer one claim differently and the other alike.
func TestJudgeReplications(t *testing.T) {
	f := fakerig.New()
	level := map[string]float64{"a": 1000e6, "b": 400e6, "c": 500e6, "d": 300e6}
	f.Memory = func(p experiment.TrialPlan) uint64 {
		return uint64(level[p.Arm.Name] * (1 + 0.002*float64((p.Block*7+p.Position*3)%5)))
	}
	run := fakerig.Create(t,
		"  - {name: b, build: ./b}\n", "  - {name: b, build: ./b}\n  - {name: c, build: ./c}\n  - {name: d, build: ./d}\n",
		"  - {id: fast", `  - {id: other, replicates: less, statement: with other words, metric: memory.mean, variant: d, baseline: c, reduction: {at_least: 50%}}
  - {id: small, statement: it is small, metric: memory.mean, variant: b, value: {at_most: 500MB}}
  - {id: small-too, replicates: small, statement: it is small, metric: memory.mean, variant: d, value: {at_most: 500MB}}
  - {id: apart, statement: it is small, metric: memory.mean, variant: c, value: {at_most: 600MB}}
  - {id: fast`)
	v := fakerig.Execute(t, run, f)
	if len(v.Replications) != 2 {
		t.Fatalf("%d replications, want 2: %+v; %s %q", len(v.Replications), v.Replications, v.Outcome, v.Reasons)
	}
	less, small := v.Replications[0], v.Replications[1]
	if less.A != "less" || less.B != "other" || less.Agree || !less.Factor || !less.Differ || math.Abs(less.Change.Change-0.6/0.4) > 0.01 {
		t.Errorf("got %+v, want that the second leaves half as much again", less)
	}
	if small.A != "small" || !small.Agree || small.Factor || !small.Differ || math.Abs(small.Change.Change+100e6) > 2e6 {
		t.Errorf("got %+v, want 100 MB less, and agreement", small)
	}
}

package experiment_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/verdict"
)

// dropping is a run whose first claim three blocks decide. The second stays open, so that b
// drops out of blocks 4 to 6.
func dropping(t *testing.T) *record.Run {
	t.Helper()
	return fakerig.Create(t, "blocks: 6", "controls: {memory: 64MB, delay: 20ms}",
		"  - {name: b, build: ./b}\n", "  - {name: b, build: ./b}\n  - {name: c, build: ./c}\n",
		"latency.p50, variant: b, baseline: a, ratio: {at_most: 1.1}", "memory.mean, variant: c, baseline: a, reduction: {at_least: 50%}")
}

func scatteringC() *fakerig.Rig {
	f := fakerig.New()
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		if p.Arm.Name == "c" {
			return 500e6 * (1 + 0.2*float64(p.Block%3-1))
		}
		return x
	}
	return f
}

// left is what a run leaves that a resumed one must leave, too: its verdict and plans.
func left(t *testing.T, dir string) string {
	t.Helper()
	text, err := json.Marshal(fakerig.Judged(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	all.Write(text)
	plans, err := filepath.Glob(filepath.Join(dir, "trials", "b*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range plans {
		all.WriteString(fakerig.Read(t, path))
	}
	return all.String()
}

// TestResumeRepeatsTheDecisions: wherever a run was cut short, it ends with the same plans
// and the same verdict as one that was not.
func TestResumeRepeatsTheDecisions(t *testing.T) {
	whole := dropping(t)
	fakerig.Execute(t, whole, scatteringC())
	want, trials := left(t, whole.Dir), len(whole.Trials)
	for _, cut := range []int{2, 9, 15, 16, 17, 18, 19, 20, trials} {
		run, f, starts := dropping(t), scatteringC(), 0
		f.Start = func(experiment.TrialPlan) error {
			if starts++; starts == cut {
				return context.Canceled
			}
			return nil
		}
		cutShort(t, run, f)
		fakerig.Execute(t, reopened(t, run.Dir), f)
		if got := left(t, run.Dir); got != want {
			t.Errorf("cut short before trial %d of %d it ends with\n%s\nwant\n%s", cut, trials, got, want)
		}
	}
}

// TestOrderOfTheArmsThatStay: the arms that run on keep their order of the design.
func TestOrderOfTheArmsThatStay(t *testing.T) {
	run := dropping(t)
	fakerig.Execute(t, run, scatteringC())
	for block := 4; block <= 6; block++ {
		var got []string
		for _, trial := range run.Block(block) {
			got = append(got, trial.Variant)
		}
		want := slices.DeleteFunc(namesOf(design.Order(run.Scenario)[block-1]), func(arm string) bool { return arm == "b" })
		if !slices.Equal(got, want) {
			t.Errorf("block %d runs %q, want %q", block, got, want)
		}
	}
}

// TestRigsDropArms: two rigs, of which one is slower by two blocks. Every block that the
// open claim counts has its arms, and the run replays.
func TestRigsDropArms(t *testing.T) {
	run, slow, fast := dropping(t), scatteringC(), scatteringC()
	ended := make(chan struct{}) // the second block of the fast rig, or its wait for the slow one
	blocks := map[int]bool{}
	fast.Start = func(p experiment.TrialPlan) error {
		if blocks[p.Block] = true; len(blocks) == 2 && p.Position == p.Arms {
			close(ended)
		}
		return nil
	}
	slow.Start = func(p experiment.TrialPlan) error {
		<-ended
		return nil
	}
	if err := experiment.Conduct(t.Context(), design.Of(run), run, slow.Rig(), fast.Rig()); err != nil {
		t.Fatal(err)
	}
	v := fakerig.Judged(t, run.Dir)
	less, open := fakerig.Claim(t, v, "less"), fakerig.Claim(t, v, "fast")
	if less.Outcome != verdict.Proven || !slices.Equal(less.Blocks, []int{1, 2, 3}) || len(open.Blocks) != 6 || v.Blocks != 6 {
		t.Errorf("%s by %v, the open claim by %v", less.Outcome, less.Blocks, open.Blocks)
	}
	if last := run.Block(6); slices.ContainsFunc(last, func(trial *record.Trial) bool { return trial.Variant == "b" }) {
		t.Error("b runs in the last block")
	}
	again := scatteringC()
	fakerig.Execute(t, reopened(t, run.Dir), again)
	if again.Trials() != 0 {
		t.Errorf("resumed, it starts %d trials", again.Trials())
	}
}

// TestEqualWorkWithoutTheBaseline: a block that holds no baseline compares with the arm that
// ran first. In block 5 that one did other work. Its repeat did the same, and the block
// counts.
func TestEqualWorkWithoutTheBaseline(t *testing.T) {
	run := fakerig.Create(t, "blocks: 6", "controls: {memory: 64MB, delay: 20ms}\nmax_repeats: 2", "  idle: 2s", "  idle: 2s\n  equal_responses: true",
		"  - {name: b, build: ./b}\n", "  - {name: b, build: ./b}\n  - {name: c, build: ./c}\n  - {name: d, build: ./d}\n",
		"latency.p50, variant: b, baseline: a, ratio: {at_most: 1.1}}", "memory.mean, variant: c, value: {at_most: 500MB}}\n"+
			"  - {id: other, statement: another, metric: memory.mean, variant: d, value: {at_most: 500MB}}")
	f := scatteringC()
	same := f.ArmMemory
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		if p.Arm.Name == "d" {
			p.Arm.Name = "c"
		}
		return same(p, x)
	}
	f.Hit = func(p experiment.TrialPlan, h *metric.Hit) {
		if p.Block == 5 && p.Position == 1 {
			h.Digest += 1000
		}
	}
	v := fakerig.Execute(t, run, f)
	if arms := run.Block(5); len(arms) != 3 || !arms[2].Repeats() || arms[2].Variant != arms[0].Variant || arms[0].Arms != 2 {
		t.Errorf("block 5 has %d trials", len(arms))
	}
	if open := fakerig.Claim(t, v, "other"); len(open.Blocks) != 6 || v.Outcome != verdict.Inconclusive {
		t.Errorf("%s, %q, %q", v.Outcome, v.Reasons, v.Disturbed)
	}
}

package verdict_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// threeArms is the scenario with a third variant, these claims and the default analyses,
// after 3, 4, 5 and 6 blocks.
func threeArms(t *testing.T, claims ...string) *record.Run {
	t.Helper()
	_, old, _ := strings.Cut(fakerig.Text, "claims:\n")
	return fakerig.Create(t, "blocks: 6", "controls: {memory: 64MB, delay: 20ms}\nmax_repeats: 4",
		"  - {name: b, build: ./b}\n", "  - {name: b, build: ./b}\n  - {name: c, build: ./c}\n", old, "  - "+strings.Join(claims, "\n  - ")+"\n")
}

// Claims on the memory of b, which three blocks decide, and of others that stay open: c
// scatters by a fifth around half of a.
const (
	clearClaim = "{id: clear, metric: memory.mean, variant: b, baseline: a, reduction: {at_least: 50%}}"
	open       = "{id: open, metric: memory.mean, variant: c, baseline: a, reduction: {at_least: 50%}}"
	openValue  = "{id: open, metric: memory.mean, variant: c, value: {at_most: 500MB}}"
	openTime   = "{id: open, metric: latency.p50, variant: b, baseline: a, ratio: {at_most: 1}}"
	fastTime   = "{id: fast, metric: latency.p50, variant: b, baseline: a, ratio: {at_most: 1.1}}"
)

func scattering() *fakerig.Rig {
	f := fakerig.New()
	scatter := func(p experiment.TrialPlan) float64 { return 1 + 0.2*float64(p.Block%3-1) }
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		if p.Arm.Name == "c" {
			return 500e6 * scatter(p)
		}
		return x
	}
	f.ArmLatency = func(p experiment.TrialPlan, x float64) float64 {
		if p.Arm.Name == "b" {
			return x * (1 + 0.02*float64(p.Block%3-1))
		}
		return x
	}
	return f
}

// armsOf returns the arms of a block, sorted.
func armsOf(run *record.Run, block int) (arms []string) {
	for _, t := range run.Block(block) {
		arms = append(arms, t.Variant)
	}
	slices.Sort(arms)
	return arms
}

// TestArmsOfAnsweredClaimsDropOut: from the block after an analysis on, only arms that an
// open claim needs run. The answer of a closed claim is the one of its analysis.
func TestArmsOfAnsweredClaimsDropOut(t *testing.T) {
	for name, tt := range map[string]struct {
		claims []string
		later  []string // the arms of blocks 4 to 6
	}{
		"a comparison stays open":             {[]string{clearClaim, open}, []string{scenario.AAArm, "a", "c"}},
		"a value stays open":                  {[]string{clearClaim, openValue}, []string{"c"}},
		"a secondary claim stays open, too":   {[]string{clearClaim, openValue, strings.Replace(openTime, "id: open", "secondary: true, id: also", 1)}, []string{scenario.AAArm, "a", "b", "c"}},
		"another claim on the arm stays open": {[]string{clearClaim, openTime}, []string{scenario.AAArm, "a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := threeArms(t, tt.claims...)
			v := fakerig.Execute(t, run, scattering())
			for block := 1; block <= 3; block++ {
				if arms := armsOf(run, block); !slices.Contains(arms, "b") || !slices.Contains(arms, "c") || !slices.Contains(arms, scenario.AAArm) {
					t.Errorf("block %d has %q, before any analysis", block, arms)
				}
			}
			for block := 4; block <= 6; block++ {
				if arms := armsOf(run, block); !slices.Equal(arms, tt.later) {
					t.Errorf("block %d has %q, want %q", block, arms, tt.later)
				}
			}
			c := fakerig.Claim(t, v, "clear")
			if c.Outcome != verdict.Proven || !slices.Equal(c.Blocks, []int{1, 2, 3}) || c.DecidedAfter != 3 || len(c.PerBlock) != 3 {
				t.Errorf("%s by blocks %v, decided after %d", c.Outcome, c.Blocks, c.DecidedAfter)
			}
			if o := fakerig.Claim(t, v, "open"); v.Outcome != verdict.Inconclusive || v.Blocks != 6 || len(o.Blocks) != 6 || o.DecidedAfter != 0 {
				t.Errorf("%s over %d blocks, the open claim by %v: %q", v.Outcome, v.Blocks, o.Blocks, v.Reasons)
			}
			if again := fakerig.Judged(t, run.Dir); !reflect.DeepEqual(again, v) {
				t.Error("judged again, the verdict is another")
			}
		})
	}
}

// TestAnAnswerStands: b takes twice the memory of a from block 4 on. It still runs, for a
// claim on latency, and its memory was claimed and proven before.
func TestAnAnswerStands(t *testing.T) {
	f := scattering()
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		if p.Arm.Name == "b" && p.Block > 3 {
			return 2000e6
		}
		return x
	}
	v := fakerig.Execute(t, threeArms(t, clearClaim, openTime), f)
	if c := fakerig.Claim(t, v, "clear"); c.Outcome != verdict.Proven || *c.Estimate < 0.59 || v.Blocks != 6 {
		t.Errorf("%s, %v over %d blocks", c.Outcome, *c.Estimate, v.Blocks)
	}
}

// TestRunGoesOnAfterARefutedClaim: another claim is open still, and is answered, too.
func TestRunGoesOnAfterARefutedClaim(t *testing.T) {
	run := threeArms(t, strings.Replace(clearClaim, "50%", "70%", 1), open)
	v := fakerig.Execute(t, run, scattering())
	if c := fakerig.Claim(t, v, "clear"); v.Outcome != verdict.Refuted || c.DecidedAfter != 3 || v.Blocks != 6 || !slices.Equal(armsOf(run, 6), []string{scenario.AAArm, "a", "c"}) {
		t.Errorf("%s over %d blocks, decided after %d, block 6 has %q", v.Outcome, v.Blocks, c.DecidedAfter, armsOf(run, 6))
	}
}

// TestAControlThatFailsLaterTakesTheAnswerBack: three blocks cannot prove that the A/A
// control is biased, six can.
func TestAControlThatFailsLaterTakesTheAnswerBack(t *testing.T) {
	f := scattering()
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		switch p.Arm.Name {
		case scenario.AAArm:
			return x * (1.35 + 0.1*float64(p.Block%3-1))
		case "b":
			return 50e6
		}
		return x
	}
	run := threeArms(t, clearClaim, openTime)
	v := fakerig.Execute(t, run, f)
	if c := fakerig.Claim(t, v, "clear"); c.Outcome != verdict.Invalid || c.Estimate != nil || !fakerig.Has(v.Reasons, metric.ControlFailed) || len(run.Blocks()) < 4 {
		t.Errorf("%s after %d blocks, %q, controls %+v", c.Outcome, len(run.Blocks()), v.Reasons, v.Controls)
	}
	if o := fakerig.Claim(t, v, "open"); o.Outcome != verdict.Inconclusive {
		t.Errorf("the claim on latency is %s", o.Outcome)
	}
}

// TestNoRepeatForAnAnsweredClaim: the generator is late in one block. Before the claim on
// latency is decided its trials are run again, and afterwards none.
func TestNoRepeatForAnAnsweredClaim(t *testing.T) {
	for late, repeated := range map[int]bool{2: true, 4: false} {
		run, f := threeArms(t, fastTime, open), scattering()
		f.Start = func(p experiment.TrialPlan) error {
			f.Lag = 0
			if p.Block == late && p.Position <= p.Arms {
				f.Lag = time.Second
			}
			return nil
		}
		v := fakerig.Execute(t, run, f)
		if got := slices.ContainsFunc(run.Trials, (*record.Trial).Repeats); got != repeated {
			t.Errorf("late in block %d: repeated %t, want %t", late, got, repeated)
		}
		if c := fakerig.Claim(t, v, "fast"); c.Outcome != verdict.Proven || v.Blocks != 6 {
			t.Errorf("late in block %d: %s, over %d blocks, %q", late, c.Outcome, v.Blocks, v.Reasons)
		}
	}
}

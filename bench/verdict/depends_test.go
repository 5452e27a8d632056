package verdict_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/sensitivity"
	"github.com/memproof/memproof/bench/verdict"
)

// peaking returns a machine on which b has as much memory as a for one sample of the
// window, and before the load.
func peaking() *fakerig.Rig {
	f := fakerig.New()
	f.Memory = func(p experiment.TrialPlan) uint64 { return map[string]uint64{"a": 1000e6, "b": 400e6}[p.Arm.Name] }
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 { return x * (1 + 0.001*float64(p.Block%3)) }
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(i int, one *metric.Sample) {
			if p.Arm.Name == "b" && (i < 2 || i == 9) {
				one.Cgroup.Anon = 1000e6
			}
		})
	}
	return f
}

// TestSensitivity: the claim's own analysis and its own figure have the claim's answer, to
// the last digit; the peak and the idle figure have another.
func TestSensitivity(t *testing.T) {
	v := fakerig.Execute(t, fakerig.Create(t), peaking())
	s, claim := v.Sensitivity, fakerig.Claim(t, v, "less")
	if s == nil || s.Headline != "less" || len(s.Claims) != 1 || claim.Outcome != verdict.Proven {
		t.Fatalf("%s; %+v", claim.Outcome, s)
	}
	i := slices.IndexFunc(s.Analyses, func(a sensitivity.Analysis) bool { return a.Own })
	byMean, _ := s.Claims[0].Of(metric.MemoryMean)
	for _, a := range []sensitivity.Answer{s.Analyses[i].Answer, byMean} {
		low, high := a.Decided()
		if a.Estimate != *claim.Estimate || a.Low != *claim.Low || a.High != *claim.High || a.Outcome != string(claim.Outcome) || low > a.Low || high < a.High {
			t.Errorf("%+v, want %s", a, claim.ShowMeasured())
		}
	}
	for _, m := range []metric.Name{metric.MemoryPeak, metric.MemoryIdle} {
		if a, ok := s.Claims[0].Of(m); !ok || a.Outcome != string(verdict.Refuted) || math.Abs(a.Estimate) > 0.01 {
			t.Errorf("%s: %+v", m, a)
		}
	}
	if n := len(s.Slices); n != 6 { // a sample a second: of 2 s each
		t.Errorf("%d slices: %+v", n, s.Slices)
	}
	for _, one := range s.Slices {
		if one.Answer == nil || (one.Answer.Outcome == string(verdict.Proven)) == (one.From == 6) && one.InWindow {
			t.Errorf("%+v: %+v", one, one.Answer)
		}
	}
}

// TestDecidedEnds: the ends moved by the A/A margin give the outcome of a claim that the
// interval alone would prove.
func TestDecidedEnds(t *testing.T) {
	f := fakerig.New()
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		if p.Arm.Name == "A-A" {
			x *= 1 + 0.004*float64(2*(p.Block%2)-1) // chance, and no bias
		}
		return x * (1 + 0.001*float64(p.Block%3))
	}
	f.Memory = func(p experiment.TrialPlan) uint64 { return map[string]uint64{"a": 1000e6, "b": 499e6}[p.Arm.Name] }
	v := fakerig.Execute(t, fakerig.Create(t), f)
	claim := fakerig.Claim(t, v, "less")
	if v.Sensitivity == nil || claim.Outcome != verdict.Inconclusive || *claim.Low < 0.5 {
		t.Fatalf("%s %s", claim.Outcome, claim.ShowMeasured())
	}
	a, _ := v.Sensitivity.Claims[0].Of(metric.MemoryMean)
	if low, high := a.Decided(); low >= 0.5 || high <= a.High {
		t.Errorf("%v to %v of %+v", low, high, a)
	}
}

// TestNoSensitivity: without an answer there is nothing that it could depend on.
func TestNoSensitivity(t *testing.T) {
	failing := fakerig.New()
	failing.Status = func(uint64) int { return 500 }
	if v := fakerig.Execute(t, fakerig.Create(t), failing); v.Sensitivity != nil {
		t.Errorf("%s: %+v", v.Outcome, v.Sensitivity)
	}
	v := fakerig.Execute(t, fakerig.Create(t, "metric: memory.mean", "metric: memory.idle"), fakerig.New())
	if s := v.Sensitivity; s == nil || s.Absent == "" || len(s.Analyses) > 0 || len(s.Steadiness) != 2 || len(s.Claims) != 1 {
		t.Errorf("memory before the load has no window: %+v", s)
	}
}

// sawtooth returns a machine on which memory of b rises by 40% and falls again every 4
// samples.
func sawtooth() *fakerig.Rig {
	f := fakerig.New()
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) {
		fakerig.SpoilSamples(s, func(i int, one *metric.Sample) {
			if p.Arm.Name == "b" {
				one.Cgroup.Anon += uint64(i%4) * 53e6
			}
		})
	}
	return f
}

// TestSwingingMemoryIsNotSteady: its slope alone would pass.
func TestSwingingMemoryIsNotSteady(t *testing.T) {
	v := fakerig.Execute(t, fakerig.Create(t), sawtooth())
	notes := strings.Join(fakerig.Claim(t, v, "less").Notes, "\n")
	if !strings.Contains(notes, "Memory of b was not steady: it swung by 13") || strings.Contains(notes, "Theil-Sen") {
		t.Errorf("notes: %s", notes)
	}
	i := slices.IndexFunc(v.Sensitivity.Steadiness, func(s sensitivity.Steadiness) bool { return s.Variant == "b" })
	if s := v.Sensitivity.Steadiness[i]; s.Steady || s.SteadyFrom != nil || math.Abs(*s.Drift) > sensitivity.SteadyWithin {
		t.Errorf("%+v, drift %v", s, *s.Drift)
	}
	for limit, want := range map[string]verdict.Outcome{"10%": verdict.Invalid, "20%": verdict.Proven} {
		v := fakerig.Execute(t, fakerig.Create(t, "metric: memory.mean", "metric: memory.mean, steady: "+limit), sawtooth())
		if c := fakerig.Claim(t, v, "less"); c.Outcome != want {
			t.Errorf("steady %s: %s, %s", limit, c.Outcome, c.Because)
		}
	}
}

// TestSensitivityOfAClosedClaim: three blocks decide the claim, and its arms run on for
// another. Its own analysis has the claim's blocks and its answer.
func TestSensitivityOfAClosedClaim(t *testing.T) {
	f := scattering()
	f.ArmMemory = func(p experiment.TrialPlan, x float64) float64 {
		if p.Arm.Name == "b" && p.Block > 3 {
			x *= 3
		}
		return x * (1 + 0.001*float64(p.Block*p.Position%5))
	}
	v := fakerig.Execute(t, threeArms(t, clearClaim, openTime), f)
	claim := fakerig.Claim(t, v, "clear")
	if claim.Outcome != verdict.Proven || claim.DecidedAfter != 3 || v.Blocks != 6 || v.Sensitivity == nil {
		t.Fatalf("%s after %d of %d blocks: %v", claim.Outcome, claim.DecidedAfter, v.Blocks, v.Sensitivity)
	}
	i := slices.IndexFunc(v.Sensitivity.Analyses, func(a sensitivity.Analysis) bool { return a.Own })
	byMean, _ := v.Sensitivity.Claims[0].Of(metric.MemoryMean)
	for _, a := range []sensitivity.Answer{v.Sensitivity.Analyses[i].Answer, byMean} {
		if a.Estimate != *claim.Estimate || a.Low != *claim.Low || a.High != *claim.High || a.Outcome != string(claim.Outcome) {
			t.Errorf("%+v, want %s %s", a, claim.Outcome, claim.ShowMeasured())
		}
	}
}

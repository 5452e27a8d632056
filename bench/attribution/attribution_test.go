package attribution_test

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

const attributing = `name: fake
attribution:
  build: ./a
  args: [-v]
  expect: {kind: gateway}
  causes:
    - {name: x, statement: the first, args: [-x], expect_with: {x: "on"}, expect_without: {x: "off"}, manipulation_check: service.x}
    - {name: y, args: [-y], env: {Y: "1"}, manipulation_check: service.y}
    - {name: z, args: [-z], manipulation_check: service.z}
info_path: /describe
counters_path: /counters
load:
  target: {path: /}
  phases:
    - {name: window, rate: 50/s, for: 10s, measure: true}
blocks: 2
`

func TestAttributionMakesTheVariants(t *testing.T) {
	sc, err := scenario.ParseScenario("tiny.yaml", []byte(attributing))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"none", "x", "y", "x-y", "z", "x-z", "y-z", "all"}
	if got := sc.VariantNames(); !slices.Equal(got, want) {
		t.Errorf("variants %q, want %q", got, want)
	}
	v, _ := sc.Variant("x-y")
	if !slices.Equal(v.Args, []string{"-v", "-x", "-y"}) || v.Env["Y"] != "1" || v.Expect["x"] != "on" || v.Expect["kind"] != "gateway" || v.Build.Package != "./a" {
		t.Errorf("x-y is %+v", v)
	}
	if none, _ := sc.Variant("none"); none.Expect["x"] != "off" || len(none.Args) != 1 || len(none.Env) != 0 {
		t.Errorf("none is %+v", none)
	}
	if b, ok := sc.Baseline(); !ok || b.Name != "none" {
		t.Errorf("the controls repeat %q", b.Name)
	}
}

func TestAttributionRefuses(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"variants as well", "blocks: 2", "blocks: 2\nvariants: [{name: a, build: ./a}]", "variants: does not go with attribution"},
		{"nothing to start", "  build: ./a\n", "", "attribution: has nothing to start"},
		{"no metric", "manipulation_check: service.y", "", "attribution.causes[1].manipulation_check: is missing"},
		{"no counters are reported", "counters_path: /counters\n", "", "needs counters_path"},
		{"no such log line", "manipulation_check: service.y", "manipulation_check: log.y", "log.y needs log_lines: add y"},
		{"name twice", "name: y", "name: x", `"x" is taken`},
		{"a name that a combination has", "name: y", "name: all", `"all" is taken`},
		{"a dash", "name: y", "name: x-y", "want letters and digits"},
		{"nothing makes it", "args: [-z], ", "", "has neither args nor env"},
		{"no such design", "  build: ./a", "  design: some\n  build: ./a", `"some" is unknown: want full_factorial`},
		{"ends of three causes", "  build: ./a", "  design: one_at_a_time\n  build: ./a", "attribution.causes: 3 is out of range: want 4 to 8"},
		{"no causes", attributing[strings.Index(attributing, "    - {name: x"):strings.Index(attributing, "info_path:")], "", "attribution.causes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(attributing, tt.old, tt.new, 1)
			if _, err := scenario.ParseScenario("tiny.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v\nwant %s", err, tt.want)
			}
		})
	}
}

// combined returns the memory of a fake service, in MB: x saves 300, y 200, both
// together 100 less than their sum; z saves 0.
func combined(args []string) float64 {
	x, y := slices.Contains(args, "-x"), slices.Contains(args, "-y")
	mb := 1000.0
	if x {
		mb -= 300
	}
	if y {
		mb -= 200
	}
	if x && y {
		mb += 100
	}
	return mb
}

// attributed judges a run of the fake service. broken changes its counters.
func attributed(t *testing.T, broken func(record.Counters)) *verdict.Verdict {
	t.Helper()
	return attributedBy(t, attributing, broken)
}

func attributedBy(t *testing.T, scenario string, broken func(record.Counters)) *verdict.Verdict {
	t.Helper()
	run, err := record.CreateRun(filepath.Join(t.TempDir(), "run"), []byte(scenario), record.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	f := fakerig.New()
	noise := 0.0
	f.ArmMemory = func(p experiment.TrialPlan, _ float64) float64 {
		noise = math.Mod(noise+0.618, 1) // scatter, the same in each run
		mb := combined(p.Arm.Variant.Args) + noise
		if p.Arm.Injected != nil {
			mb += float64(p.Arm.Injected.Memory) / 1e6
		}
		return mb * 1e6
	}
	f.Counters = func(p experiment.TrialPlan, _ bool) record.Counters {
		counters := record.Counters{}
		for _, name := range []string{"w", "x", "y", "z"} {
			counters["service."+name] = 5
			if slices.Contains(p.Arm.Variant.Args, "-"+name) {
				counters["service."+name] = 3
			}
		}
		if broken != nil {
			broken(counters)
		}
		return counters
	}
	f.Spoil = func(p experiment.TrialPlan, s *experiment.Subject) { // it describes itself as expected
		s.Describe = func(context.Context) (map[string]string, error) { return p.Arm.Variant.Expect, nil }
	}
	return fakerig.Execute(t, run, f)
}

func TestAttributionSharesTheEffectOut(t *testing.T) {
	v := attributed(t, nil)
	a := v.Attribution
	if v.Outcome != verdict.NothingClaimed || a == nil {
		t.Fatalf("%s %q, attribution %v", v.Outcome, v.Reasons, a)
	}
	sum := 0.0
	for i, want := range []float64{-250, -150, 0} { // x alone 300, last 200; y alone 200, last 100
		c := a.Causes[i]
		sum += c.Shapley.Change
		if math.Abs(c.Shapley.Change/1e6-want) > 1 || c.Shapley.Low > want*1e6+1e6 || c.Shapley.High < want*1e6-1e6 {
			t.Errorf("%s has the Shapley value %+v, want %v MB", c.Name, c.Shapley, want)
		}
		if !c.Moved || c.FigureWithout != 5 || c.FigureWith != 3 {
			t.Errorf("%s acted %t, %v to %v, want 5 to 3", c.Name, c.Moved, c.FigureWithout, c.FigureWith)
		}
	}
	if math.Abs(sum-a.Total.Change) > 1 || math.Abs(a.All-a.None-a.Total.Change) > 1 {
		t.Errorf("the Shapley values add up to %v, the total is %v: %v to %v", sum, a.Total.Change, a.None, a.All)
	}
	if first, last := a.Causes[0].Alone.Change/1e6, a.Causes[0].OnTopOfOthers.Change/1e6; math.Abs(first+300) > 2 || math.Abs(last+200) > 2 {
		t.Errorf("x saves %v alone and %v last, want 300 and 200", first, last)
	}
	if a.Level != 0.9 || !a.Lead.Clear() || a.Lead.Cause != "x" || a.Lead.Over != "y" || math.Abs(a.Lead.Effect.Change/1e6+100) > 2 {
		t.Errorf("at level %v the lead is %+v, want x 100 MB ahead of y", a.Level, a.Lead)
	}
	for _, i := range a.Interactions {
		if overlap := i.A == "x" && i.B == "y"; overlap != (math.Abs(i.Effect.Change/1e6-50) < 2) || overlap != i.ClearOfZero() { // half of 100
			t.Errorf("%s and %s: %+v", i.A, i.B, i)
		}
	}
}

// TestAttributionLead: a cause that was not made takes no part in who leads.
func TestAttributionLead(t *testing.T) {
	v := attributed(t, func(counters record.Counters) { counters["service.x"] = 5 })
	if lead := v.Attribution.Lead; lead.Cause != "y" || lead.Over != "z" || !lead.Clear() {
		t.Errorf("x was not made, the lead is %+v", lead)
	}
	v = attributed(t, func(counters record.Counters) { counters["service.x"], counters["service.y"] = 5, 5 })
	if lead := v.Attribution.Lead; lead.Cause != "z" || lead.Over != "" || !lead.Clear() {
		t.Errorf("only z was made, the lead is %+v", lead)
	}
	v = attributed(t, func(counters record.Counters) { clear(counters) })
	if lead := v.Attribution.Lead; lead != nil {
		t.Errorf("nothing was made, the lead is %+v", lead)
	}
}

// TestChangeThatNeedsAnother: y moves its metric only together with x.
func TestChangeThatNeedsAnother(t *testing.T) {
	v := attributed(t, func(counters record.Counters) {
		if counters["service.x"] == 5 {
			counters["service.y"] = 5
		}
	})
	for _, c := range v.Attribution.Causes {
		if !c.Moved || c.OnTopNotRun != "" || (c.AloneNotRun != "") != (c.Name == "y") {
			t.Errorf("%s moved %t, alone %q, on top %q", c.Name, c.Moved, c.AloneNotRun, c.OnTopNotRun)
		}
	}
	if why := v.Attribution.Causes[1].AloneNotRun; why != "it did not move service.y alone: 5 without it, 5 with it" {
		t.Errorf("because %q", why)
	}
}

// TestAttributionKnowsWhatDidNotRun: a change that moves nothing has no share.
func TestAttributionKnowsWhatDidNotRun(t *testing.T) {
	v := attributed(t, func(counters record.Counters) { counters["service.z"] = 5 })
	for _, c := range v.Attribution.Causes {
		if c.Moved != (c.Name != "z") {
			t.Errorf("%s acted: %t", c.Name, c.Moved)
		}
	}
	if why := v.Attribution.Causes[2].Because; why != "it did not move service.z: 5 without it, 5 with it" {
		t.Errorf("because %q", why)
	}
	v = attributed(t, func(counters record.Counters) { delete(counters, "service.y") })
	if c := v.Attribution.Causes[1]; c.Moved || !strings.Contains(c.Because, "service.y of none was not measured") {
		t.Errorf("a cause whose metric is not reported: %+v", c)
	}
}

// The ends of the design give the effect of each cause first and last, and no shares.
func TestAttributionByEnds(t *testing.T) {
	text := strings.Replace(attributing, "  causes:\n", "  design: one_at_a_time\n  causes:\n    - {name: w, args: [-w], manipulation_check: service.w}\n", 1)
	sc, err := scenario.ParseScenario("tiny.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"none", "w", "x", "y", "z", "x-y-z", "w-y-z", "w-x-z", "w-x-y", "all"}
	if got := sc.VariantNames(); !slices.Equal(got, want) {
		t.Errorf("variants %q, want %q", got, want)
	}
	if a := sc.Attribution; a.Has(0, 0) || !a.Has(2, 1) || a.Has(6, 1) || !a.Has(9, 3) {
		t.Error("a variant has other causes than its name says")
	}
	a := attributedBy(t, text, func(c record.Counters) { c["service.z"] = 5 }).Attribution
	if a == nil || len(a.Interactions) > 0 {
		t.Fatalf("got %+v", a)
	}
	for i, want := range []struct{ first, last float64 }{{0, 0}, {-300, -200}, {-200, -100}, {0, 0}} {
		c := a.Causes[i]
		if c.Shapley != nil || c.Share != nil || c.MainEffect != nil {
			t.Errorf("%s has a share: %+v", c.Name, c)
		}
		if math.Abs(c.Alone.Change/1e6-want.first) > 2 || math.Abs(c.OnTopOfOthers.Change/1e6-want.last) > 2 {
			t.Errorf("%s does %v first and %v last, want %v", c.Name, c.Alone, c.OnTopOfOthers, want)
		}
		if acted := c.Name != "z"; c.Moved != acted {
			t.Errorf("%s acted: %t", c.Name, c.Moved)
		}
	}
}

package verdict_test

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench/design"
	"github.com/memproof/memproof/bench/experiment"
	"github.com/memproof/memproof/bench/internal/fakerig"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/record"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
)

// arm scales the fake machine's figures of one arm in each block; the other arms stay
// the same. Scatter alternates from block to block.
type arm struct {
	name    string
	factor  float64
	scatter float64
}

func (a arm) of(p experiment.TrialPlan, x float64) float64 {
	if p.Arm.Name != a.name {
		return x
	}
	return x * a.factor * (1 + a.scatter*math.Cos(math.Pi*float64(p.Block)))
}

// TestControls: each control holds and fails in each way. The scenario claims a
// reduction of at least 50% and a latency within 10%. A failed control withdraws the
// claims on the metrics that it validates, and no other.
func TestControls(t *testing.T) {
	tests := []struct {
		name    string
		memory  arm
		latency arm
		failed  string // arm and claim; empty if the controls hold
	}{
		{"sound", arm{}, arm{}, ""},
		{"a bias that is far smaller than the claim", arm{scenario.AAArm, 1.001, 0.0001}, arm{}, ""},
		{"a bias that changes no answer, since either baseline gives it", arm{}, arm{scenario.AAArm, 1.04, 0.001}, ""},
		{"compared with the second of two equal builds, it saves 47%", arm{scenario.AAArm, 0.75, 0.001}, arm{}, "A-A less"},
		{"compared with the second of two equal builds, it is 14% slower", arm{}, arm{scenario.AAArm, 0.88, 0.001}, "A-A fast"},
		{"half of the memory is seen", arm{scenario.MemoryArm, 0.97, 0}, arm{}, "MEMORY less"},
		{"80% of the memory is seen", arm{scenario.MemoryArm, 1 - 0.2*0.064/1.064, 0}, arm{}, "MEMORY less"},
		{"nothing of the memory is seen", arm{scenario.MemoryArm, 0.94, 0.001}, arm{}, "MEMORY less"},
		{"one memory is seen twice", arm{scenario.MemoryArm, 1.06, 0}, arm{}, "MEMORY less"},
		{"the delay is lost", arm{}, arm{scenario.DelayArm, 0.5, 0}, "DELAY fast"},
		{"half of the delay is seen", arm{}, arm{scenario.DelayArm, 2. / 3, 0}, "DELAY fast"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fakerig.New()
			f.ArmMemory, f.ArmLatency = tt.memory.of, tt.latency.of
			v := fakerig.Execute(t, fakerig.Create(t, fakerig.Fixed...), f)
			if tt.failed == "" {
				if v.Outcome != verdict.Proven || len(v.Reasons) > 0 {
					t.Errorf("%s, reasons %q; want PROVEN", v.Outcome, v.Reasons)
				}
				return
			}
			if v.Outcome != verdict.Invalid || !fakerig.Has(v.Reasons, metric.ControlFailed) {
				t.Errorf("%s, reasons %q; want INVALID", v.Outcome, v.Reasons)
			}
			name, lost, _ := strings.Cut(tt.failed, " ")
			if c := controlOf(t, v, name); c.Outcome != verdict.Fails {
				t.Errorf("control %+v, want one that fails", c)
			}
			for _, c := range v.Claims {
				if (c.Outcome == verdict.Invalid) != (c.ID == lost) && !(name == scenario.AAArm && lost == "less") {
					t.Errorf("claim %s is %s where %s fails", c.ID, c.Outcome, tt.failed)
				}
				if c.Outcome == verdict.Invalid && c.Estimate != nil {
					t.Errorf("claim %s has a figure whose control failed", c.ID)
				}
			}
		})
	}
}

// controlOf returns the worst control of that arm.
func controlOf(t *testing.T, v *verdict.Verdict, name string) (worst verdict.ControlVerdict) {
	t.Helper()
	for _, c := range v.Controls {
		if c.Arm == name && (worst.Arm == "" || c.Outcome == verdict.Fails) {
			worst = c
		}
	}
	if worst.Arm == "" {
		t.Fatalf("no control %s: %+v", name, v.Controls)
	}
	return worst
}

// TestNoisyControlsDoNotPass: an interval that extends beyond the band does not confirm
// the amount, even if its middle is right.
func TestNoisyControlsDoNotPass(t *testing.T) {
	for scatter, want := range map[float64]verdict.ControlOutcome{0: verdict.Holds, 0.001: verdict.Holds, 0.02: verdict.Fails} {
		f := fakerig.New()
		f.ArmMemory = arm{scenario.AAArm, 1, scatter}.of
		if c := controlOf(t, fakerig.Execute(t, fakerig.Create(t, fakerig.Fixed...), f), scenario.MemoryArm); c.Outcome != want {
			t.Errorf("A-A scatters by ±%g: %s, %s; want %s", scatter, c.Outcome, c.Because, want)
		}
	}
}

// TestInjectedAmountIsTheHolders: the amount in the holder's own smaps must be found.
func TestInjectedAmountIsTheHolders(t *testing.T) {
	f := fakerig.New()
	f.Held = func(added uint64) uint64 { return added + 20e6 } // huge pages, a runtime
	if c := controlOf(t, fakerig.Execute(t, fakerig.Create(t, fakerig.Fixed...), f), scenario.MemoryArm); c.Outcome != verdict.Fails || *c.Known != 84e6 || math.Abs(*c.Estimate-64e6) > 1 {
		t.Errorf("84 MB are held and 64 found: %+v", c)
	}
	f.Held = func(uint64) uint64 { return 0 }
	if c := controlOf(t, fakerig.Execute(t, fakerig.Create(t, fakerig.Fixed...), f), scenario.MemoryArm); c.Outcome != verdict.Fails || c.Known != nil {
		t.Errorf("the holder says nothing: %+v", c)
	}
}

// TestInjectedArmsAreThoseAskedAbout: each runs in two blocks, and again if a reading
// of it does not count.
func TestInjectedArmsAreThoseAskedAbout(t *testing.T) {
	blocksOf := func(run *record.Run, name string) (blocks []int) {
		for _, tr := range run.Trials {
			if tr.Variant == name {
				blocks = append(blocks, tr.Block)
			}
			if plain := tr.Variant != scenario.MemoryArm && tr.Variant != scenario.DelayArm; plain && tr.Arms < 3 {
				t.Errorf("block %d has %d trials by trial.json", tr.Block, tr.Arms)
			}
		}
		return blocks
	}
	_, claims, _ := strings.Cut(fakerig.Text, "claims:\n")
	less, fast, _ := strings.Cut(claims, "\n")
	tests := []struct {
		name          string
		yaml          []string
		memory, delay []int
	}{
		{"both", nil, []int{1, 2}, []int{1, 2}},
		{"memory alone", []string{fast, ""}, []int{1, 2}, nil},
		{"latency alone", []string{less + "\n", ""}, nil, []int{1, 2}},
		{"nothing claimed", []string{"claims:\n" + claims, ""}, []int{1, 2}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := fakerig.Create(t, append(tt.yaml, fakerig.Fixed...)...)
			if v := fakerig.Execute(t, run, fakerig.New()); v.Void {
				t.Fatalf("%s, %q", v.Outcome, v.Reasons)
			}
			if m, d := blocksOf(run, scenario.MemoryArm), blocksOf(run, scenario.DelayArm); !slices.Equal(m, tt.memory) || !slices.Equal(d, tt.delay) {
				t.Errorf("memory in blocks %v, delay in %v; want %v and %v", m, d, tt.memory, tt.delay)
			}
			_, planned, _ := design.TrialCount(run.Scenario)
			if planned != len(run.Trials) {
				t.Errorf("%d trials are planned, %d ran", planned, len(run.Trials))
			}
		})
	}
	f, run := fakerig.New(), fakerig.Create(t, fakerig.Fixed...)
	f.Start = func(p experiment.TrialPlan) error {
		f.Lag = 0
		if p.Block == 2 && p.Arm.Name == scenario.DelayArm {
			f.Lag = time.Second
		}
		return nil
	}
	if v := fakerig.Execute(t, run, f); v.Outcome != verdict.Proven {
		t.Errorf("%s %q", v.Outcome, v.Reasons)
	}
	if m, d := blocksOf(run, scenario.MemoryArm), blocksOf(run, scenario.DelayArm); !slices.Equal(m, []int{1, 2}) || !slices.Equal(d, []int{1, 2, 3}) {
		t.Errorf("memory in blocks %v, delay in %v; want the delay of block 2 again in 3", m, d)
	}
}

// TestNoisyAAControl: two equal builds that differ by chance, by as much as the claim, show
// nothing. The claim on that metric has the note, and no other claim.
func TestNoisyAAControl(t *testing.T) {
	f := fakerig.New()
	f.ArmLatency = arm{scenario.AAArm, 1, 0.1}.of
	v := fakerig.Execute(t, fakerig.Create(t, fakerig.Fixed...), f)
	if c := v.Controls[1]; c.Outcome != verdict.TooNoisy || c.Biased || !strings.Contains(c.Because, "fast") {
		t.Errorf("control %+v, want one that is too noisy", c)
	}
	if v.Outcome != verdict.Inconclusive || len(v.Reasons) > 0 {
		t.Errorf("%s, reasons %q; want INCONCLUSIVE: the baseline is known no better than its two builds agree", v.Outcome, v.Reasons)
	}
	const doubt = "The A/A control is too noisy"
	if fast := fakerig.Claim(t, v, "fast"); !strings.Contains(strings.Join(fast.Notes, " "), doubt) {
		t.Errorf("the claim on latency has the notes %q", fast.Notes)
	}
	if less := fakerig.Claim(t, v, "less"); strings.Contains(strings.Join(less.Notes, " "), doubt) {
		t.Errorf("the claim on memory has the notes %q", less.Notes)
	}
}

// TestBiasOfAClaimWithoutAMargin: b is 10% faster, and any effect would prove the claim. A
// bias that leaves it faster than both of the equal builds changes nothing.
func TestBiasOfAClaimWithoutAMargin(t *testing.T) {
	for bias, want := range map[float64]verdict.ControlOutcome{0.88: verdict.Fails, 0.95: verdict.Holds, 0.999: verdict.Holds} {
		f := fakerig.New()
		f.Latency = func(p experiment.TrialPlan) time.Duration {
			if p.Arm.Name == "b" {
				return 9 * time.Millisecond
			}
			return 10 * time.Millisecond
		}
		f.ArmLatency = arm{scenario.AAArm, bias, 0.0001}.of
		v := fakerig.Execute(t, fakerig.Create(t, "ratio: {at_most: 1.1}", "ratio: {at_most: 1}"), f)
		if c := v.Controls[1]; c.Arm != scenario.AAArm || c.Metric != "latency.p50" || c.Outcome != want || (v.Outcome == verdict.Invalid) != (want == verdict.Fails) {
			t.Errorf("a bias of %g: control %+v, outcome %s; want one that %s", bias, c, v.Outcome, want)
		} else if fast := fakerig.Claim(t, v, "fast"); !c.Biased || c.Outcome == verdict.Holds && !strings.Contains(strings.Join(fast.Notes, " "), "is biased") {
			t.Errorf("a bias of %g: control %+v, notes %q", bias, c, fast.Notes)
		}
	}
}

// TestControlsOfAValidRun checks the figures by hand: the A/A control shows no effect, SPIKE the
// added amount.
func TestControlsOfAValidRun(t *testing.T) {
	v := fakerig.Execute(t, fakerig.Create(t, fakerig.Fixed...), fakerig.New())
	want := []struct {
		arm      string
		metric   metric.Name
		estimate float64
	}{
		{scenario.AAArm, metric.MemoryMean, 0},
		{scenario.AAArm, "latency.p50", 1},
		{scenario.MemoryArm, metric.MemoryIdle, 64e6},
		{scenario.DelayArm, "latency.p50", 0.020},
	}
	if len(v.Controls) != len(want) {
		t.Fatalf("%d controls, want %d: %+v", len(v.Controls), len(want), v.Controls)
	}
	for i, w := range want {
		c := v.Controls[i]
		if c.Arm != w.arm || c.Metric != w.metric || math.Abs(*c.Estimate-w.estimate) > 1e-9 || c.Outcome != verdict.Holds {
			t.Errorf("control %d is %+v with estimate %v, want %+v", i, c, *c.Estimate, w)
		}
	}
}

// TestControlsDecideOnWholeRunsOnly: a few blocks may fail by chance.
func TestControlsDecideOnWholeRunsOnly(t *testing.T) {
	f := fakerig.New()
	f.ArmMemory = arm{scenario.AAArm, 0.75, 0.001}.of
	run := fakerig.Create(t, fakerig.Fixed...)
	fakerig.Execute(t, run, f)
	again, err := record.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Trials = again.Trials[:2*5+3]
	v, err := verdict.Judge(again)
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != verdict.Inconclusive || v.Controls[0].Outcome != verdict.Fails {
		t.Errorf("%s, control %+v; want INCONCLUSIVE and a control that fails so far", v.Outcome, v.Controls[0])
	}
}

func TestControlsCanBeSet(t *testing.T) {
	run := fakerig.Create(t, "blocks: 6", "blocks: 6\ncontrols: {baseline: b, memory: 10MB, delay: 3ms}")
	added := map[string]scenario.Injection{}
	f := fakerig.New()
	f.Start = func(p experiment.TrialPlan) error {
		if p.Arm.Injected != nil {
			added[p.Arm.Name] = *p.Arm.Injected
		}
		if p.Arm.Injected != nil && p.Arm.Variant.Build.Package != "./b" {
			t.Errorf("%s starts %s, want the baseline's ./b", p.Arm.Name, p.Arm.Variant.Build)
		}
		return nil
	}
	f.Memory = func(experiment.TrialPlan) uint64 { return 500e6 }
	fakerig.Execute(t, run, f)
	if want := map[string]scenario.Injection{scenario.MemoryArm: {Memory: 10e6}, scenario.DelayArm: {Delay: 3 * time.Millisecond}}; !maps.Equal(added, want) {
		t.Errorf("added were %+v, want %+v", added, want)
	}
}

// TestControlsFollowTheBaseline: a default amount follows the baseline's figures, down
// to a least amount for a small service.
func TestControlsFollowTheBaseline(t *testing.T) {
	for _, tt := range []struct {
		memory  float64
		latency time.Duration
		want    []scenario.Injection
	}{
		{1000e6, 10 * time.Millisecond, []scenario.Injection{{Memory: 500e6}, {Delay: 40 * time.Millisecond}}},
		{20e6, 500 * time.Millisecond, []scenario.Injection{{Memory: 64e6}, {Delay: 200 * time.Millisecond}}},
		{1234.5e6, 29 * time.Second, []scenario.Injection{{Memory: 617e6}, {Delay: 11600 * time.Millisecond}}},
	} {
		f, run := fakerig.New(), fakerig.Create(t)
		f.Memory = func(experiment.TrialPlan) uint64 { return uint64(tt.memory) }
		f.Latency = func(experiment.TrialPlan) time.Duration { return tt.latency }
		fakerig.Execute(t, run, f)
		var added []scenario.Injection
		for _, name := range []string{scenario.MemoryArm, scenario.DelayArm} {
			for _, tr := range run.Trials {
				if tr.Variant == name && tr.Block == 2 {
					added = append(added, scenario.Injection{Memory: metric.Bytes(tr.Added.Bytes), Delay: time.Duration(math.Round(tr.Added.Seconds * 1e9))})
				} else if tr.Block == 1 && tr.Added != nil {
					t.Errorf("%s runs before the baseline", tr.Variant)
				}
			}
		}
		if !slices.Equal(added, tt.want) {
			t.Errorf("a baseline of %g and %v: added %+v, want %+v", tt.memory, tt.latency, added, tt.want)
		}
	}
}

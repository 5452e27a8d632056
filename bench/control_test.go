package bench_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/memproof/memproof/bench"
)

// arm scales what the fake machine shows of one arm in each block; the others
// stay as they are. Scatter alternates from block to block.
type arm struct {
	name    string
	factor  float64
	scatter float64
}

func (a arm) of(p bench.TrialPlan, x float64) float64 {
	if p.Variant.Name != a.name {
		return x
	}
	return x * a.factor * (1 + a.scatter*math.Cos(math.Pi*float64(p.Block)))
}

// TestControls has each control hold and fail in each way. The scenario claims
// a reduction of at least 50% and a latency within 10%.
func TestControls(t *testing.T) {
	tests := []struct {
		name    string
		memory  arm
		latency arm
		want    string // part of the reason, empty where the controls hold
	}{
		{"sound", arm{}, arm{}, ""},
		{"a small bias", arm{bench.NullArm, 1.03, 0.001}, arm{}, ""},
		{"the second of two equal builds takes more", arm{bench.NullArm, 1.3, 0.001}, arm{},
			"control NULL: memory.mean of the same build against itself: reduction -30.0%"},
		{"latency is biased", arm{}, arm{bench.NullArm, 1.04, 0.001}, "a bias that matters to a claim of 1.100×"},
		{"the instrument sees only half of the spike", arm{bench.SpikeArm, 0.97, 0}, arm{},
			"control SPIKE: memory.mean: 64.0 MB were added, 32.1 MB (95% interval 32.1 MB to 32.1 MB) found: off by more than 10.0%"},
		{"the instrument sees nothing", arm{bench.SpikeArm, 0.93, 0.001}, arm{}, "the run is too noisy to see as much"},
		{"the delay is lost", arm{}, arm{bench.SpikeArm, 0.5, 0}, "control SPIKE: latency.p50: 20.0 ms were added, 5.00 ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeRig()
			f.armMemory, f.armLatency = tt.memory.of, tt.latency.of
			v := execute(t, create(t), f)
			reasons := fmt.Sprint(v.Reasons)
			if tt.want == "" {
				if v.Outcome != bench.Proven || len(v.Reasons) > 0 {
					t.Errorf("%s, reasons %q; want PROVEN", v.Outcome, reasons)
				}
				return
			}
			if v.Outcome != bench.Invalid || !strings.Contains(reasons, tt.want) {
				t.Errorf("%s, reasons %q; want INVALID for %q", v.Outcome, reasons, tt.want)
			}
			for _, c := range v.Claims {
				if c.Estimate != nil {
					t.Errorf("claim %s has a figure in a run whose controls failed", c.ID)
				}
			}
		})
	}
}

// TestNoisyNull: two equal builds that differ by chance, by as much as is
// claimed, prove nothing; the claim on that metric says so and no other does.
func TestNoisyNull(t *testing.T) {
	f := newFakeRig()
	f.armLatency = arm{bench.NullArm, 1, 0.1}.of
	v := execute(t, create(t), f)
	if c := v.Controls[1]; c.Answer != bench.TooNoisy || !strings.Contains(c.Because, "which may be as much as a claim of 1.100× is about") {
		t.Errorf("control %+v, want one that is too noisy", c)
	}
	if v.Outcome != bench.Proven {
		t.Errorf("%s, reasons %q; want PROVEN: the claims are of other arms", v.Outcome, v.Reasons)
	}
	const doubt = "NULL proved nothing here"
	if fast := claim(t, v, "fast"); !strings.Contains(strings.Join(fast.Notes, " "), doubt) {
		t.Errorf("the claim on latency has the notes %q", fast.Notes)
	}
	if less := claim(t, v, "less"); strings.Contains(strings.Join(less.Notes, " "), doubt) {
		t.Errorf("the claim on memory has the notes %q", less.Notes)
	}
}

// TestNullOfAClaimWithoutAMargin: a claim that any effect at all would prove is
// proven by a bias of the instrument too, so NULL is held to what it measured.
func TestNullOfAClaimWithoutAMargin(t *testing.T) {
	for bias, want := range map[float64]bench.ControlAnswer{0.95: bench.Fails, 0.999: bench.Holds} {
		f := newFakeRig()
		f.latency = func(p bench.TrialPlan) time.Duration {
			if p.Variant.Name == "b" {
				return 9 * time.Millisecond
			}
			return 10 * time.Millisecond
		}
		f.armLatency = arm{bench.NullArm, bias, 0.0001}.of
		v := execute(t, create(t, "ratio: {at_most: 1.1}", "ratio: {at_most: 1}"), f)
		if c := v.Controls[1]; c.Arm != bench.NullArm || c.Metric != "latency.p50" || c.Answer != want || (v.Outcome == bench.Invalid) != (want == bench.Fails) {
			t.Errorf("a bias of %g: control %+v, outcome %s; want one that %s", bias, c, v.Outcome, want)
		}
	}
}

// TestControlsOfASoundRun checks the figures by hand: NULL moved by nothing,
// SPIKE by what was added.
func TestControlsOfASoundRun(t *testing.T) {
	v := execute(t, create(t), newFakeRig())
	want := []struct {
		arm      string
		metric   bench.Metric
		estimate float64
	}{
		{bench.NullArm, bench.MemoryMean, 0},
		{bench.NullArm, "latency.p50", 1},
		{bench.SpikeArm, bench.MemoryMean, 64e6},
		{bench.SpikeArm, "latency.p50", 0.020},
	}
	if len(v.Controls) != len(want) {
		t.Fatalf("%d controls, want %d: %+v", len(v.Controls), len(want), v.Controls)
	}
	for i, w := range want {
		c := v.Controls[i]
		if c.Arm != w.arm || c.Metric != w.metric || math.Abs(*c.Estimate-w.estimate) > 1e-9 || c.Answer != bench.Holds {
			t.Errorf("control %d is %+v with estimate %v, want %+v", i, c, *c.Estimate, w)
		}
	}
}

// TestControlsDecideOnWholeRunsOnly: what a few blocks show may be chance.
func TestControlsDecideOnWholeRunsOnly(t *testing.T) {
	f := newFakeRig()
	f.armMemory = arm{bench.NullArm, 1.3, 0.001}.of
	run := create(t)
	execute(t, run, f)
	again, err := bench.OpenRun(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Trials = again.Trials[:3*4]
	v, err := bench.Judge(again)
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != bench.Inconclusive || v.Controls[0].Answer != bench.Fails {
		t.Errorf("%s, control %+v; want INCONCLUSIVE and a control that fails so far", v.Outcome, v.Controls[0])
	}
}

func TestControlsCanBeSet(t *testing.T) {
	run := create(t, "blocks: 6", "blocks: 6\ncontrols: {baseline: b, memory: 10MB, delay: 3ms}")
	var spike *bench.Spike
	f := newFakeRig()
	f.start = func(p bench.TrialPlan) error {
		if p.Variant.Name == bench.SpikeArm {
			spike = p.Spike
			if p.Variant.Build.Package != "./b" {
				t.Errorf("SPIKE starts %s, want the baseline's ./b", p.Variant.Build)
			}
		} else if p.Spike != nil {
			t.Errorf("%s is spiked", p.Variant.Name)
		}
		return nil
	}
	f.memory = func(bench.TrialPlan) uint64 { return 500e6 }
	execute(t, run, f)
	if spike == nil || *spike != (bench.Spike{Memory: 10e6, Delay: 3 * time.Millisecond}) {
		t.Errorf("SPIKE was given %+v", spike)
	}
}

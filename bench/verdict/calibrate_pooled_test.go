package verdict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// pooledWorld makes blocks of a variant, its baseline and the A/A control, with one trial's
// scatter on the log scale.
type pooledWorld struct {
	*rand.Rand
	ratio, scatter float64
	bias           float64 // of the A/A control, on the log scale
}

func (w pooledWorld) block() measure.Block {
	day := 0.1 * w.NormFloat64()
	trial := func(log float64) measure.TrialResult {
		return measure.TrialResult{Figures: map[metric.Name]float64{metric.MemoryMean: 1e9 * math.Exp(day+log+w.scatter*w.NormFloat64())}}
	}
	return measure.Block{"a": trial(0), scenario.AAArm: trial(w.bias), "b": trial(math.Log(w.ratio))}
}

// answer tests the claim at each analysis and stops at the first answer, as a run does.
func (w pooledWorld) answer(c scenario.Claim, level float64, analyses []int) Outcome {
	var blocks []measure.Block
	for _, n := range analyses {
		for len(blocks) < n {
			blocks = append(blocks, w.block())
		}
		if a := judgeClaim(c, scenario.AAArm, level, blocks, n, 1000); a.decided() {
			return a.Outcome
		}
	}
	return Inconclusive
}

// analyses are the default ones.
var analyses = []int{3, 4, 5, 6}

// TestPooledCalibration: interim analyses, the pooled baseline and the A/A margin
// together give a false verdict in at most 6% of the runs whose truth lies on the bound,
// and in at most 6% also where the A/A control is biased by as much as a block scatters.
func TestPooledCalibration(t *testing.T) {
	long(t)
	t.Parallel()
	claims := map[string]scenario.Claim{
		"ratio":     claimed(comparison.Ratio, scenario.Bound{AtMost: &metric.Quantity{Value: 0.6}}),
		"reduction": claimed(comparison.Reduction, scenario.Bound{AtLeast: &metric.Quantity{Value: 0.4}}),
	}
	for name, c := range claims {
		for _, bias := range []float64{0, 0.02} {
			t.Run(fmt.Sprintf("%s, biased by %g", name, bias), func(t *testing.T) {
				t.Parallel()
				// With a bias the truth is relative to the true baseline, the arm a.
				w := pooledWorld{rand.New(rand.NewPCG(3, uint64(1000*bias))), 0.6, 0.02, bias}
				got, level := map[Outcome]float64{}, comparison.ClaimLevel(analyses)
				for range calibrationRuns {
					got[w.answer(c, level, analyses)] += 1.0 / calibrationRuns
				}
				if got[Proven] > 0.06 || got[Refuted] > 0.06 {
					t.Errorf("PROVEN in %.3f, REFUTED in %.3f", got[Proven], got[Refuted])
				}
			})
		}
	}
}

// TestPooledPower: a claim whose truth is as far inside its bound as that of a committed
// run, in standard deviations of a block's effect, is proven in at least 95% of the runs.
func TestPooledPower(t *testing.T) {
	long(t)
	t.Parallel()
	for name, distance := range map[string]float64{"latency": 27, "faster": 16, "client": 10, "reduction": 8.5, "before": 4.6} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const scatter = 0.02
			effect := distance * scatter * math.Sqrt2 // a block's effect is the difference of two trials
			w := pooledWorld{rand.New(rand.NewPCG(4, uint64(10*distance))), 0.6 * math.Exp(-effect), scatter, 0}
			c := claimed(comparison.Ratio, scenario.Bound{AtMost: &metric.Quantity{Value: 0.6}})
			proven, level := 0.0, comparison.ClaimLevel(analyses)
			for range calibrationRuns {
				if w.answer(c, level, analyses) == Proven {
					proven++
				}
			}
			if share := proven / calibrationRuns; share < 0.95 {
				t.Errorf("proven in %.3f", share)
			}
		})
	}
}

// TestPooledByHand: the baseline is the mean of its two trials on the scale, and half of
// the largest difference between them that 90% allows moves the ends outward.
func TestPooledByHand(t *testing.T) {
	block := func(a, aa, b float64) measure.Block {
		figure := func(x float64) measure.TrialResult {
			return measure.TrialResult{Figures: map[metric.Name]float64{metric.MemoryMean: x}}
		}
		return measure.Block{"a": figure(a), scenario.AAArm: figure(aa), "b": figure(b)}
	}
	blocks := []measure.Block{block(100, 110, 50), block(100, 112, 50), block(100, 108, 50)}
	c := claimed(comparison.Difference, scenario.Bound{AtMost: &metric.Quantity{Value: -40}})
	v := judgeClaim(c, scenario.AAArm, comparison.Level, blocks, 3, 1000)
	// Pooled baselines 105, 106, 104; contrasts 10, 12, 8: mean 10 ± 2.920·2/√3 = 13.37.
	if math.Abs(*v.Estimate+55) > 1e-9 || math.Abs(*v.AAMargin-(10+2.919986*2/math.Sqrt(3))/2) > 1e-4 || v.Outcome != Proven {
		t.Errorf("estimate %g, margin %g, %s", *v.Estimate, *v.AAMargin, v.Outcome)
	}
	// -55 ± 1.7 lies below -53, and no longer once its ends are moved by 6.7.
	c = claimed(comparison.Difference, scenario.Bound{AtMost: &metric.Quantity{Value: -53}})
	if v = judgeClaim(c, scenario.AAArm, comparison.Level, blocks, 3, 1000); v.Outcome != Inconclusive || len(v.Notes) == 0 {
		t.Errorf("%s, notes %q", v.Outcome, v.Notes)
	}
	if plain := judgeClaim(c, "", comparison.Level, blocks, 3, 1000); plain.AAMargin != nil || math.Abs(*plain.Estimate+50) > 1e-9 {
		t.Errorf("a baseline alone: %+v", plain)
	}
}

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

// world simulates the figures of real trials: correlated samples, unequal starts,
// blocks that share the state of the machine, and a drift that the random order spreads
// over the arms.
type world struct {
	*rand.Rand
	ratio float64 // the true ratio of b to a
}

// block returns one trial of each arm, in random order.
func (w world) block() measure.Block {
	day := 0.1 * w.NormFloat64()
	drift := 0.03 * w.NormFloat64()
	first := float64(w.IntN(2))
	return measure.Block{
		"a": w.trial(1000 * math.Exp(day+drift*first)),
		"b": w.trial(1000 * w.ratio * math.Exp(day+drift*(1-first))),
	}
}

// trial returns the mean of a window of 50 samples, with an autocorrelation of 0.9.
func (w world) trial(level float64) measure.TrialResult {
	level *= math.Exp(0.02 * w.NormFloat64())
	var sum, x float64
	for range 50 {
		x = 0.9*x + 0.01*w.NormFloat64()
		sum += level * (1 + x)
	}
	return measure.TrialResult{Figures: map[metric.Name]float64{metric.MemoryMean: sum / 50}}
}

func (w world) blocks(n int) (all []measure.Block) {
	for range n {
		all = append(all, w.block())
	}
	return all
}

func claimed(kind comparison.Name, b scenario.Bound) scenario.Claim {
	return scenario.Claim{ID: "c", Metric: metric.MemoryMean, Variant: "b", Baseline: "a", Bounds: scenario.Bounds{kind: &b}}
}

const calibrationRuns = 8000

// long skips a test that takes minutes, except in make test-all.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes minutes: make test-all runs it, or go test without -short")
	}
}

// TestCalibration: the truth lies exactly on a claim's bound. A claim is then proven in 5%
// of the runs, whatever its comparison. The interval contains the truth in 90%.
func TestCalibration(t *testing.T) {
	long(t)
	t.Parallel()
	for _, n := range []int{6, 8, 12} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w := world{rand.New(rand.NewPCG(11, uint64(n))), 0.6}
			ratio := claimed(comparison.Ratio, scenario.Bound{AtMost: &metric.Quantity{Value: 0.6}})
			reduction := claimed(comparison.Reduction, scenario.Bound{AtLeast: &metric.Quantity{Value: 0.4}})
			var ofRatio, ofReduction, covered float64
			for range calibrationRuns {
				valid := w.blocks(n)
				if judgeClaim(ratio, "", comparison.Level, valid, n, 1000).Outcome == Proven {
					ofRatio++
				}
				a := judgeClaim(reduction, "", comparison.Level, valid, n, 1000)
				if a.Outcome == Proven {
					ofReduction++
				}
				if *a.Low <= 0.4 && 0.4 <= *a.High {
					covered++
				}
			}
			share(t, "a ratio is proven", ofRatio, 0.05, 0.01)
			share(t, "a reduction is proven", ofReduction, 0.05, 0.01)
			share(t, "the interval holds the truth", covered, 0.90, 0.015)
		})
	}
}

// TestCalibrationOfInterimAnalyses: with several analyses, too, a claim with the truth on
// its bound is proven in about 5%. Without the stricter levels it is proven more often.
func TestCalibrationOfInterimAnalyses(t *testing.T) {
	long(t)
	t.Parallel()
	c := claimed(comparison.Ratio, scenario.Bound{AtMost: &metric.Quantity{Value: 0.6}})
	for _, analyses := range [][]int{comparison.DefaultAnalyses, {6, 9, 12}} {
		t.Run(fmt.Sprint(analyses), func(t *testing.T) {
			t.Parallel()
			last := analyses[len(analyses)-1]
			proven := func(level float64) (n float64) {
				w := world{rand.New(rand.NewPCG(12, 12)), 0.6}
				for range calibrationRuns {
					valid := w.blocks(last)
					for _, blocks := range analyses {
						if o := judgeClaim(c, "", level, valid[:blocks], last, 1000).Outcome; o != Inconclusive {
							if o == Proven {
								n++
							}
							break
						}
					}
				}
				return n
			}
			share(t, "with interim analyses a claim is proven", proven(comparison.ClaimLevel(analyses)), 0.05, 0.01)
			if naive := proven(comparison.Level) / calibrationRuns; naive < 0.07 {
				t.Errorf("again until significant proves %.3f, so this test shows nothing", naive)
			}
		})
	}
}

func share(t *testing.T, what string, n, want, within float64) {
	t.Helper()
	t.Logf("%s in %.4f of the runs", what, n/calibrationRuns)
	if got := n / calibrationRuns; math.Abs(got-want) > within {
		t.Errorf("%s in %.4f of the runs, want %.3f", what, got, want)
	}
}

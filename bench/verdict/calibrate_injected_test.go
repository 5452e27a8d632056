package verdict

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/memproof/memproof/bench/comparison"
	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario"
)

// meter reads the amount of an injected control, in shares of that amount.
type meter struct {
	*rand.Rand
	in      scenario.InjectedControl
	gain    float64 // what it reads of all; 1 is a healthy one
	adds    float64 // what the injection itself adds besides the amount
	scatter float64 // standard deviation of a reading
}

// passes judges a run of n blocks, the first of which hold the injected arm.
func (m meter) passes(n int) bool {
	const amount, service = 1.0, 10.0
	trial := func(level float64) measure.TrialResult {
		figures := map[metric.Name]float64{m.in.Metric: m.gain*level + m.scatter*m.NormFloat64()}
		return measure.TrialResult{Figures: figures, Added: new(amount)}
	}
	var all []measure.Block
	for range n {
		level := service + m.NormFloat64()
		b := measure.Block{"a": trial(level), scenario.AAArm: trial(level)}
		if len(all) < scenario.Injections {
			b[m.in.Arm] = trial(level + amount + m.adds)
		}
		all = append(all, b)
	}
	sc := &scenario.Scenario{Controls: &scenario.Controls{Baseline: "a"}}
	c := ControlVerdict{Arm: m.in.Arm, Metric: m.in.Metric, Comparison: comparison.OfInjected, Outcome: Fails}
	err := c.judgeInjected(sc, m.in, all[:min(n, scenario.Injections)], all)
	return err == nil && c.Outcome == Holds
}

// passShare returns the share of runs that pass. The random numbers depend on n alone, so
// that two meters differ by themselves and not by luck.
func (m meter) passShare(n int) float64 {
	const runs = 1000
	m.Rand = rand.New(rand.NewPCG(9, uint64(n)))
	passed := 0
	for range runs {
		if m.passes(n) {
			passed++
		}
	}
	return float64(passed) / runs
}

// committed are readings of the committed runs, in shares of the amount: what the
// injection itself adds, and the scatter by the pairs of the baseline and its A/A control.
// Memory scatters by 1.9 of 160 MB (guide) and 0.15 of 80 MB (gunicorn). The proxy adds 1
// to 1.4 ms to a delay; readings scatter by 0.6 of 40 ms and 2.1 of 80 ms.
var committed = map[string][]meter{
	scenario.MemoryArm: {{adds: 0.005, scatter: 0.012}, {adds: 0.005, scatter: 0.002}},
	scenario.DelayArm:  {{adds: 0.035, scatter: 0.015}, {adds: 0.018, scatter: 0.027}},
}

// TestCalibrationOfInjected: at the scatter of the committed runs a meter that reads 80%
// of everything is refused in at least 90% of the runs, and a healthy one in at most 5%.
func TestCalibrationOfInjected(t *testing.T) {
	long(t)
	t.Parallel()
	for _, in := range scenario.InjectedControls {
		for _, n := range []int{3, 4, 6} {
			for _, m := range committed[in.Arm] {
				m.in, m.gain = in, 1
				healthy := 1 - m.passShare(n)
				m.gain = 0.8
				wrong := 1 - m.passShare(n)
				t.Logf("%-6s %d blocks, scatter %.1f%%: refused: healthy %.3f, reads 80%% %.3f", in.Arm, n, 100*m.scatter, healthy, wrong)
				if healthy > 0.05 || wrong < 0.90 {
					t.Error("that is out of its limits")
				}
			}
		}
	}
}

// TestNoiseHelpsNoMeter: over a grid of scatters a meter inside the band passes the less
// often the noisier it is. One outside the band passes in at most 5%, whatever its noise:
// that is the size of the two tests, which a wrong meter at the very edge of the band
// reaches. The rule that asks only whether the interval reaches into the band lets each
// of them pass at last.
func TestNoiseHelpsNoMeter(t *testing.T) {
	long(t)
	t.Parallel()
	scatters := []float64{0.002, 0.01, 0.03, 0.1, 0.3, 1}
	for _, in := range scenario.InjectedControls {
		for _, n := range []int{3, 6} {
			for _, gain := range []float64{0, 0.8, 1 - 0.8*in.Band, 1, 1.2} {
				line, before := "", 1.0
				outside := gain < 1-in.Band || gain > 1+in.Band
				for _, scatter := range scatters {
					share := meter{in: in, gain: gain, scatter: scatter}.passShare(n)
					line += fmt.Sprintf(" %.3f", share)
					if outside && share > 0.05 || !outside && share > before+0.005 {
						t.Errorf("%s, %d blocks: a meter that reads %g passes in %.3f at scatter %g, in %.3f at the one before", in.Arm, n, gain, share, scatter, before)
					}
					before = share
				}
				t.Logf("%-6s %d blocks, reads %.2f, scatters %v: passes in%s", in.Arm, n, gain, scatters, line)
			}
		}
	}
}

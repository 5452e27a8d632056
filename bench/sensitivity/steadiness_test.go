package sensitivity_test

import (
	"math"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/measure"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/sensitivity"
)

// TestSteadyFrom: the load has 10 s of warm-up and a window of 30 s.
func TestSteadyFrom(t *testing.T) {
	sc := parsed(t)
	sawtooth := func(i int) float64 { return 551 + 274*float64(i%11)/10 }
	for _, tt := range []struct {
		name   string
		trials []measure.TrialResult
		want   float64 // NaN: never
	}{
		{"flat", []measure.TrialResult{trial(always(500))}, 11},
		{"a ramp", []measure.TrialResult{trial(func(i int) float64 { return 500 + 10*float64(i) })}, math.NaN()},
		{"a slow ramp, whose short rest alone would pass", []measure.TrialResult{trial(func(i int) float64 { return 500 + 2*float64(i) })}, math.NaN()},
		{"a sawtooth", []measure.TrialResult{trial(sawtooth)}, math.NaN()},
		{"a plateau from 20 s on", []measure.TrialResult{trial(func(i int) float64 { return 500 + 20*min(20, float64(i)) })}, 13},
		{"one of two trials swings", []measure.TrialResult{trial(always(600)), trial(sawtooth)}, math.NaN()},
		{"one reading", []measure.TrialResult{{Readings: measure.Readings{{At: 20, Mean: 5, High: 5}}}}, math.NaN()},
		{"no reading", []measure.TrialResult{{}}, math.NaN()},
		{"no trial", nil, math.NaN()},
	} {
		got := math.NaN()
		if from := sensitivity.SteadyFrom(tt.trials, sc); from != nil {
			got = *from
		}
		if got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%s: from %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestMotion: the drift is growth by the requests of the window over the mean; steady
// memory needs both within the limit.
func TestMotion(t *testing.T) {
	block := func(growth, mean, variation float64) []measure.Block {
		return []measure.Block{{"a": {Figures: map[metric.Name]float64{
			metric.MemoryGrowth: growth, metric.MemoryMean: mean, metric.MemoryVariation: variation,
		}}}}
	}
	for _, tt := range []struct {
		name   string
		blocks []measure.Block
		drift  float64
		how    string
	}{
		{"flat", block(0, 500e6, 0.001), 0, ""},
		{"on the limit", block(10e6, 400e6, 0.05), 0.05, ""},
		{"rises", block(20e6, 400e6, 0.01), 0.1, "changed by +10.0%"},
		{"falls", block(-20e6, 400e6, 0.01), -0.1, "changed by -10.0%"},
		{"swings", block(8e6, 400e6, 0.118), 0.04, "swung by 11.8%"},
		{"both", block(20e6, 400e6, 0.118), 0.1, " and swung"},
	} {
		m, ok := sensitivity.MotionOf(tt.blocks, "a", 2000)
		how := m.Exceeds(sensitivity.SteadyWithin)
		if !ok || math.Abs(m.Drift-tt.drift) > 1e-12 || m.Within(sensitivity.SteadyWithin) != (tt.how == "") || !strings.Contains(how, tt.how) {
			t.Errorf("%s: %+v, %q", tt.name, m, how)
		}
	}
	for _, lacking := range []metric.Name{metric.MemoryGrowth, metric.MemoryMean, metric.MemoryVariation} {
		b := block(1, 1, 1)
		delete(b[0]["a"].Figures, lacking)
		if m, ok := sensitivity.MotionOf(b, "a", 2000); ok {
			t.Errorf("without %s: %+v", lacking, m)
		}
	}
}

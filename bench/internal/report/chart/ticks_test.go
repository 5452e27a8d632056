package chart

import (
	"math"
	"strings"
	"testing"

	"github.com/memproof/memproof/bench/metric"
	"gonum.org/v1/plot"
)

func TestRoundTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		unit      axisUnit
		most      int
		want      string
	}{
		{0, 1.7e9, axisUnitFor(metric.UnitBytes, 1.7e9), 6, "0|0.5 GB|1.0 GB|1.5 GB"},
		{0, 800e6, axisUnitFor(metric.UnitBytes, 800e6), 6, "0|200 MB|400 MB|600 MB|800 MB"},
		{1.41e9, 1.75e9, axisUnitFor(metric.UnitBytes, 1.75e9), 5, "1.5 GB|1.6 GB|1.7 GB"},
		{0, 0.43, axisUnitFor(metric.UnitSeconds, 0.43), 6, "0|100 ms|200 ms|300 ms|400 ms"},
		{-0.05, 0.66, percentAxis, 5, "0%|20%|40%|60%"},
		{0.88, 1.12, axisUnit{"×", 1}, 5, "0.90×|0.95×|1.00×|1.05×|1.10×"},
		{0, 120, plainAxis, 8, "0|20|40|60|80|100|120"},
		{0, 0, plainAxis, 8, ""},
		{5, 5 + 1e-13, plainAxis, 8, ""},
		{0, math.Inf(1), plainAxis, 8, ""},
	} {
		if got := labels(roundTicks{c.unit, c.most}.Ticks(c.low, c.high)); got != c.want {
			t.Errorf("%v to %v: %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

func TestRoundTicksAreNeverTooMany(t *testing.T) {
	for span := 1e-9; span < 1e12; span *= 1.37 {
		for _, low := range []float64{0, -span / 3, span * 7} {
			n := len(roundTicks{plainAxis, 6}.Ticks(low, low+span))
			if n < 2 || n > 6 {
				t.Errorf("%v to %v: %d ticks, want 2 to 6", low, low+span, n)
			}
		}
	}
}

func TestTailTicks(t *testing.T) {
	for high, want := range map[float64]string{
		0.5: "0%|50%", 0.98: "0%|50%|90%|95%", 0.999: "0%|50%|90%|95%|99%|99.9%",
	} {
		if got := labels(tailTicks{}.Ticks(0, high)); got != want {
			t.Errorf("to %v: %s, want %s", high, got, want)
		}
	}
}

func labels(ticks []plot.Tick) string {
	var out []string
	for _, t := range ticks {
		out = append(out, t.Label)
	}
	return strings.Join(out, "|")
}

// TestAxisIsInTheMetricsUnit: an axis is labelled as figures are printed.
func TestAxisIsInTheMetricsUnit(t *testing.T) {
	t.Parallel()
	for m, want := range map[metric.Name]axisUnit{
		metric.Errors: percentAxis, metric.OtherCPU: percentAxis, metric.Steal: percentAxis, metric.Processes: plainAxis, metric.MemoryMean: {" B", 1}, "latency.p95": {" s", 1},
	} {
		if got := metricAxis(m, 1); got != want {
			t.Errorf("%s: %v, want %v", m, got, want)
		}
	}
}

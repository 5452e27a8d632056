package stats

import (
	"fmt"
	"math"
	"testing"
)

func TestCriticalValuesAgreeWithThePublishedTable(t *testing.T) {
	levels := []float64{0.90, 0.95, 0.99, 0.999}
	table := []struct { // Fisher and Yates, Statistical Tables, table III
		df   int
		want [4]float64
	}{
		{1, [4]float64{6.314, 12.706, 63.657, 636.619}},
		{2, [4]float64{2.920, 4.303, 9.925, 31.599}},
		{3, [4]float64{2.353, 3.182, 5.841, 12.924}},
		{4, [4]float64{2.132, 2.776, 4.604, 8.610}},
		{5, [4]float64{2.015, 2.571, 4.032, 6.869}},
		{6, [4]float64{1.943, 2.447, 3.707, 5.959}},
		{7, [4]float64{1.895, 2.365, 3.499, 5.408}},
		{8, [4]float64{1.860, 2.306, 3.355, 5.041}},
		{9, [4]float64{1.833, 2.262, 3.250, 4.781}},
		{10, [4]float64{1.812, 2.228, 3.169, 4.587}},
		{14, [4]float64{1.761, 2.145, 2.977, 4.140}},
		{20, [4]float64{1.725, 2.086, 2.845, 3.850}},
		{30, [4]float64{1.697, 2.042, 2.750, 3.646}},
		{60, [4]float64{1.671, 2.000, 2.660, 3.460}},
		{120, [4]float64{1.658, 1.980, 2.617, 3.373}},
	}
	for _, row := range table {
		for i, level := range levels {
			if got := tCritical(level, row.df); math.Abs(got-row.want[i]) > 0.00051 {
				t.Errorf("t(%g, %d) = %.4f, the table has %.3f", level, row.df, got, row.want[i])
			}
		}
	}
}

func TestCriticalValuesAgreeWithClosedForms(t *testing.T) {
	for _, p := range []float64{1e-6, 0.1, 0.5, 0.9, 0.95, 0.999, 1 - 1e-9} {
		near(t, fmt.Sprintf("t(%g, 1)", p), tCritical(p, 1), math.Tan(p*math.Pi/2), 2e-7)
		near(t, fmt.Sprintf("t(%g, 2)", p), tCritical(p, 2), p*math.Sqrt(2/((1-p)*(1+p))), 1e-9)
	}
	near(t, "t(0.95, ∞)", tCritical(0.95, 100_000_000), math.Sqrt2*math.Erfinv(0.95), 1e-7)
}

// The distribution is the integral of its density, here by Simpson's rule.
func TestTailAgreesWithIntegration(t *testing.T) {
	for _, df := range []int{1, 2, 3, 7, 20, 99, 500} {
		for _, x := range []float64{0.01, 0.5, 1, 2.2, 5} {
			near(t, fmt.Sprintf("tOutside(%g, %d)", x, df), tOutside(x, df), 1-2*simpson(x, df), 1e-10)
		}
	}
}

func simpson(to float64, df int) float64 {
	v := float64(df)
	norm := math.Exp(logGamma((v+1)/2)-logGamma(v/2)) / math.Sqrt(v*math.Pi)
	density := func(x float64) float64 { return norm * math.Pow(1+x*x/v, -(v+1)/2) }
	const steps = 2000
	h := to / steps
	s := density(0) + density(to)
	for i := 1; i < steps; i++ {
		s += density(float64(i)*h) * float64(2+2*(i%2))
	}
	return s * h / 3
}

func TestCriticalValueRefusesALevelOutsideZeroToOne(t *testing.T) {
	for _, level := range []float64{0, 1, -0.1, 95, math.NaN()} {
		panics(t, fmt.Sprint("level ", level), func() { tCritical(level, 5) })
	}
}

// With degrees of freedom that are no whole number, the share outside t is that of the
// density, integrated by Simpson's rule.
func TestStudentOfBrokenDegrees(t *testing.T) {
	for _, df := range []float64{1.5, 50. / 17, 4, 11.7} {
		edge := tCritical(0.9, df)
		g := logGamma((df+1)/2) - logGamma(df/2) - math.Log(df*math.Pi)/2
		density := func(x float64) float64 { return math.Exp(g - (df+1)/2*math.Log1p(x*x/df)) }
		const steps = 1000
		inside, h := density(-edge)+density(edge), 2*edge/steps
		for i := 1; i < steps; i++ {
			inside += density(-edge+float64(i)*h) * float64(2+2*(i%2))
		}
		near(t, "share inside", inside*h/3, 0.9, 1e-9)
	}
}

package stats

import (
	"math"
	"testing"
)

// r is in Fieller's interval exactly where Student's interval for the mean of
// num - r·den holds 0; at the ends of the one, an end of the other is 0.
func TestFiellerIsWhereTheDifferenceMayBeZero(t *testing.T) {
	for seed := range uint64(100) {
		den := normals(seed, 7, 10, 2)
		num := normals(seed+1000, 7, 4, 1)
		for i := range num {
			num[i] += 0.3 * den[i] // pairs go together
		}
		e, ok, err := Fieller(num, den, 0.95)
		if err != nil || !ok {
			t.Fatalf("seed %d: ok = %t, %v", seed, ok, err)
		}
		near(t, "value", e.Value, Mean(num)/Mean(den), 1e-15)
		low, high := differenceInterval(t, num, den, e.Low), differenceInterval(t, num, den, e.High)
		near(t, "at the low end", low.Low, 0, 1e-9)
		near(t, "at the high end", high.High, 0, 1e-9)
		if inside := differenceInterval(t, num, den, e.Value); inside.Low >= 0 || inside.High <= 0 {
			t.Errorf("seed %d: the ratio itself is outside", seed)
		}
	}
}

func differenceInterval(t *testing.T, num, den []float64, r float64) Interval {
	t.Helper()
	d := make([]float64, len(num))
	for i := range d {
		d[i] = num[i] - r*den[i]
	}
	in, err := MeanInterval(d, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestFiellerIsUnboundedWhereTheDenominatorMayBeZero(t *testing.T) {
	bounded := 0
	for seed := range uint64(100) {
		num, den := normals(seed, 6, 5, 1), normals(seed+1000, 6, 1, 1)
		_, ok, err := Fieller(num, den, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		in, _ := MeanInterval(den, 0.95)
		if mayBeZero := in.Low <= 0 && in.High >= 0; ok == mayBeZero {
			t.Errorf("seed %d: ok = %t, but the denominator is in [%g, %g]", seed, ok, in.Low, in.High)
		}
		if ok {
			bounded++
		}
	}
	if bounded == 0 || bounded == 100 {
		t.Errorf("%d of 100 cases are bounded: the test does not test", bounded)
	}
}

func TestFiellerOfAnExactRatioIsAPoint(t *testing.T) {
	e, ok, err := Fieller([]float64{7, 8, 9}, []float64{14, 16, 18}, 0.95)
	if err != nil || !ok {
		t.Fatalf("ok = %t, %v", ok, err)
	}
	near(t, "low", e.Low, 0.5, 1e-7)
	near(t, "high", e.High, 0.5, 1e-7)
}

func TestFiellerRefuses(t *testing.T) {
	two := []float64{1, 2}
	for _, pair := range [][2][]float64{{two, {1}}, {{1}, {1}}, {two, {1, math.NaN()}}, {{math.Inf(1), 1}, two}} {
		if e, _, err := Fieller(pair[0], pair[1], 0.95); err == nil {
			t.Errorf("%v gave %+v", pair, e)
		}
	}
}

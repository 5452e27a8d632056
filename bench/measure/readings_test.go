package measure

import (
	"math"
	"testing"
	"time"
)

// at returns readings of those values, one a second.
func at(values ...float64) (r Readings) {
	for i, v := range values {
		r = append(r, Reading{At: float64(i), Mean: v, High: v})
	}
	return r
}

// course returns n readings, one a second.
func course(n int, value func(i int) float64) (r Readings) {
	for i := range n {
		r = append(r, at(value(i))[0])
		r[i].At = float64(i)
	}
	return r
}

func TestPartsOfReadings(t *testing.T) {
	all := at(100, 200, 400, 200, 100)
	for _, tt := range []struct {
		name                  string
		r                     Readings
		n                     int
		average, median, peak float64
	}{
		{"all", all, 5, (150 + 300 + 300 + 150) / 4., 200, 400},
		{"the end is left out", all.Between(1, 3), 2, 300, 200, 400},
		{"one", all.Between(2, 2.5), 1, 400, 400, 400},
		{"between two readings", all.Between(1.1, 1.9), 0, math.NaN(), math.NaN(), math.NaN()},
		{"after the last", all.Between(9, 12), 0, math.NaN(), math.NaN(), math.NaN()},
		{"none", nil, 0, math.NaN(), math.NaN(), math.NaN()},
	} {
		got := []float64{float64(len(tt.r)), tt.r.Average(), tt.r.Median(), tt.r.Peak()}
		for i, want := range []float64{float64(tt.n), tt.average, tt.median, tt.peak} {
			if got[i] != want && !(math.IsNaN(got[i]) && math.IsNaN(want)) {
				t.Errorf("%s: %v, want number, average, median and peak %v", tt.name, got, want)
			}
		}
	}
}

// TestAverageWeighsByTime: a reading that stands for three seconds counts three times.
func TestAverageWeighsByTime(t *testing.T) {
	r := Readings{{At: 0, Mean: 100}, {At: 1, Mean: 100}, {At: 4, Mean: 200}}
	if got := r.Average(); got != (100+3*150)/4. {
		t.Errorf("%v", got)
	}
}

// TestTrend: a ramp has a slope and no variation, a sawtooth a variation and hardly a
// slope.
func TestTrend(t *testing.T) {
	for _, tt := range []struct {
		name             string
		r                Readings
		slope, variation float64
		ok               bool
	}{
		{"flat", course(40, func(int) float64 { return 500 }), 0, 0, true},
		{"ramp", course(41, func(i int) float64 { return 500 + 5*float64(i) }), 5, 0, true},
		{"jagged", course(40, func(i int) float64 { return 500 + 50*float64(i%2) }), 0, 25 * math.Sqrt(40./39) / 525, true},
		{"nothing", course(40, func(int) float64 { return 0 }), 0, 0, false},
		{"one reading", at(500), 0, 0, false},
		{"no reading", nil, 0, 0, false},
	} {
		slope, variation, ok := tt.r.Trend(100)
		if ok != tt.ok || ok && (math.Abs(slope-tt.slope) > 1e-9 || math.Abs(variation-tt.variation) > 1e-9) {
			t.Errorf("%s: slope %v, variation %v (%t), want %v and %v (%t)", tt.name, slope, variation, ok, tt.slope, tt.variation, tt.ok)
		}
	}
	// A sawtooth of 551 to 825 in 22 s: like a triangle, its deviation is its height over √12.
	_, variation, _ := course(66, func(i int) float64 { return 551 + 274*float64(i%22)/21 }).Trend(100)
	if variation < 0.10 || variation > 0.13 {
		t.Errorf("the sawtooth varies by %v", variation)
	}
}

// TestLongTrialsAreMerged: neighbours become one reading that keeps the highest.
func TestLongTrialsAreMerged(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var s series
	for i := range 10 {
		s.add(began.Add(time.Duration(i)*time.Second), float64(i), true)
	}
	if got := readingsOf(s, began, 10); len(got) != 10 || got[3] != (Reading{3, 3, 3}) {
		t.Errorf("as many as allowed: %v", got)
	}
	if got := readingsOf(s, began, 4); len(got) != 4 || got[0] != (Reading{1, 1, 2}) || got[3] != (Reading{9, 9, 9}) {
		t.Errorf("of three each: %v", got)
	}
	if got := readingsOf(nil, began, 4); got != nil {
		t.Errorf("of none: %v", got)
	}
}

package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The nominal levels that Pocock's table gives for 5% and equal steps.
func TestPocockByItsTable(t *testing.T) {
	for analyses, want := range map[int]float64{1: 0.05, 2: 0.0294, 3: 0.0221, 4: 0.0182, 5: 0.0158} {
		var at []int
		for i := range analyses {
			at = append(at, 10*(i+1))
		}
		if got := Pocock(at, 0.05); math.Abs(got-want) > 0.00006 {
			t.Errorf("%d analyses: %.5f, want %.4f", analyses, got, want)
		}
	}
}

// Values without an effect, looked at after 6, 9 and 12, lead to a false alarm
// in 5%, also with Student's t for their unknown variance.
func TestPocockKeepsItsLevel(t *testing.T) {
	t.Parallel()
	analyses := []int{6, 9, 12}
	level := Pocock(analyses, 0.05)
	if level < 0.0221 || level > 0.0294 { // the steps are not equal
		t.Errorf("level %.4f", level)
	}
	r := rand.New(rand.NewPCG(3, 3))
	const runs = 20_000
	alarms := 0
	for range runs {
		xs := make([]float64, 12)
		for i := range xs {
			xs[i] = r.NormFloat64()
		}
		for _, n := range analyses {
			in, err := MeanInterval(xs[:n], 1-level)
			if err != nil {
				t.Fatal(err)
			}
			if in.Low > 0 || in.High < 0 {
				alarms++
				break
			}
		}
	}
	if share := float64(alarms) / runs; math.Abs(share-0.05) > 0.006 {
		t.Errorf("%.4f of the runs have a false alarm, want 0.05", share)
	}
}

func TestPocockPanics(t *testing.T) {
	panics(t, "analyses that do not rise", func() { Pocock([]int{6, 6}, 0.05) })
	panics(t, "no alpha", func() { Pocock([]int{6}, 0) })
}

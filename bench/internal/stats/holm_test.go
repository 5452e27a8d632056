package stats

import (
	"math/rand/v2"
	"testing"
)

// The example is that of R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
func TestHolmByAnExample(t *testing.T) {
	got := Holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		near(t, "adjusted p", got[i], want, 1e-12)
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("of no tests: %v", got)
	}
}

// Of eight tests in which nothing is to be found, 5% of the families have a
// false alarm at most; without the adjustment a third would.
func TestHolmKeepsTheFamilysLevel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	const families = 20_000
	raw, adjusted := 0, 0
	for range families {
		ps := make([]float64, 8)
		for i := range ps {
			ps[i] = r.Float64()
		}
		raw += anyBelow(ps)
		adjusted += anyBelow(Holm(ps))
	}
	near(t, "without", float64(raw)/families, 0.3366, 0.01) // 1 - 0.95^8
	if share := float64(adjusted) / families; share > 0.055 || share < 0.04 {
		t.Errorf("%.3f of the families have a false alarm, want just below 0.05", share)
	}
}

func anyBelow(ps []float64) int {
	for _, p := range ps {
		if p <= 0.05 {
			return 1
		}
	}
	return 0
}

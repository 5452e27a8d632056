package attribution

import (
	"math/rand/v2"
	"testing"

	"github.com/memproof/memproof/bench/internal/stats"
	"github.com/memproof/memproof/bench/scenario"
)

// TestInteractionsByHolm: an interaction that is called different from 0 among all is so
// alone, and some that are so alone are not called so.
func TestInteractionsByHolm(t *testing.T) {
	causes := []scenario.Cause{{Name: "x"}, {Name: "y"}, {Name: "z"}}
	r := rand.New(rand.NewPCG(1, 1))
	const designs = 400
	chance, called := 0, 0
	for range designs {
		rows := make([][]float64, 3)
		for b := range rows {
			for range 8 {
				rows[b] = append(rows[b], r.NormFloat64()) // no interaction at all
			}
		}
		full, err := stats.NewFactorial(rows)
		if err != nil {
			t.Fatal(err)
		}
		any := false
		for _, i := range interactions(causes, full) {
			if i.ClearOfZero() && !i.Effect.ClearOfZero() {
				t.Errorf("%+v is clear of 0 among all and not alone", i)
			}
			if i.Effect.ClearOfZero() && !i.ClearOfZero() {
				chance++
			}
			any = any || i.ClearOfZero()
		}
		if any {
			called++
		}
	}
	if chance == 0 {
		t.Error("no interaction is clear of 0 alone and not among all")
	}
	if called > designs*15/100 {
		t.Errorf("of %d designs without interactions %d have one, want about 40", designs, called)
	}
}

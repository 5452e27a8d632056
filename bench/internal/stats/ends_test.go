package stats

import "testing"

// The ends of a full design give what the full design gives of them: each interval comes
// from the cells that it compares.
func TestEndsAreThoseOfTheFullDesign(t *testing.T) {
	full := [][]float64{normals(1, 16, 10, 3), normals(2, 16, 10, 3), normals(3, 16, 10, 3)}
	const all = 15
	at := []int{0, 1, 2, 4, 8, all &^ 1, all &^ 2, all &^ 4, all &^ 8, all}
	var some [][]float64
	for _, block := range full {
		var row []float64
		for _, c := range at {
			row = append(row, block[c])
		}
		some = append(some, row)
	}
	f := noFactorialError(t, full)
	e, err := NewEnds(some)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "total", e.Total(0.95).Value, f.Total(0.95).Value, 1e-12)
	for cause := range 4 {
		first, last := f.FirstIn(cause, 0.95).Value, f.LastIn(cause, 0.95).Value
		near(t, "first in", e.FirstIn(cause, 0.95).Value, first, 1e-12)
		near(t, "last in", e.LastIn(cause, 0.95).Value, last, 1e-12)
		near(t, "main effect", e.MainEffect(cause, 0.95).Value, (first+last)/2, 1e-12)
		near(t, "low", e.FirstIn(cause, 0.95).Low, f.FirstIn(cause, 0.95).Low, 1e-12)
		near(t, "high", e.LastIn(cause, 0.95).High, f.LastIn(cause, 0.95).High, 1e-12)
	}
	ahead := e.Ahead(0, 2, 0.95)
	near(t, "ahead", ahead.Value, e.MainEffect(0, 0.95).Value-e.MainEffect(2, 0.95).Value, 1e-12)
	near(t, "behind", e.Ahead(2, 0, 0.95).High, -ahead.Low, 1e-12)
	if in := e.Total(0.95); !(in.Low < in.Value && in.Value < in.High) {
		t.Errorf("total %+v", in)
	}
}

// Three causes have the same eight cells either way, so that the intervals are
// the same too.
func TestEndsOfThreeCausesAreAllCombinations(t *testing.T) {
	full := [][]float64{normals(4, 8, 10, 3), normals(5, 8, 10, 3)}
	var some [][]float64
	for _, b := range full {
		some = append(some, []float64{b[0], b[1], b[2], b[4], b[6], b[5], b[3], b[7]})
	}
	f := noFactorialError(t, full)
	e, err := NewEnds(some)
	if err != nil {
		t.Fatal(err)
	}
	for cause := range 3 {
		near(t, "low", e.FirstIn(cause, 0.95).Low, f.FirstIn(cause, 0.95).Low, 1e-12)
		near(t, "high", e.LastIn(cause, 0.95).High, f.LastIn(cause, 0.95).High, 1e-12)
	}
}

func TestEndsRefuses(t *testing.T) {
	for name, rows := range map[string][][]float64{
		"one block": {make([]float64, 10)}, "odd": {make([]float64, 9), make([]float64, 9)},
		"two causes": {make([]float64, 6), make([]float64, 6)}, "uneven": {make([]float64, 10), make([]float64, 8)},
	} {
		if _, err := NewEnds(rows); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

package chart

import (
	"image/color"
	"math"
	"testing"

	"github.com/memproof/memproof/bench/internal/report/view"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// TestVariantsOfOneColourDifferInShape: also for a reader who sees no colours at all,
// neighbours differ.
func TestVariantsOfOneColourDifferInShape(t *testing.T) {
	type look struct {
		colour color.RGBA
		shape  outline
	}
	seen := map[look]int{}
	for place := range len(palette) * len(outlines) {
		l := look{colourOf(place), outlineOf(place)}
		if before, ok := seen[l]; ok {
			t.Errorf("variants %d and %d look the same", before, place)
		}
		seen[l] = place
		if outlineOf(place) == outlineOf(place+1) {
			t.Errorf("variants %d and %d have one shape", place, place+1)
		}
	}
}

// equalCurves are the curves of so many variants that lie on each other, with a gap.
func equalCurves(variants int) (curves []armCurve) {
	for place := range variants {
		c := curve{}
		for i := range 100 {
			value := 1.0
			if i >= 40 && i < 60 {
				value = math.NaN()
			}
			c.x, c.mid, c.low, c.high = append(c.x, float64(i)), append(c.mid, value), append(c.low, value), append(c.high, value)
		}
		curves = append(curves, armCurve{view.Arm{Place: place}, c})
	}
	return curves
}

// TestCurvesThatLieOnEachOtherAllShow: each has marks in its colour, which no other hides.
func TestCurvesThatLieOnEachOtherAllShow(t *testing.T) {
	t.Parallel()
	curves := equalCurves(6)
	taken := map[int]int{}
	for i, at := range marksOf(curves) {
		if len(at) < marksEach/2 {
			t.Errorf("curve %d has %d marks", i, len(at))
		}
		for _, k := range at {
			if math.IsNaN(curves[i].mid[k]) {
				t.Errorf("curve %d has a mark in its gap, at %d", i, k)
			}
			if other, ok := taken[k]; ok {
				t.Errorf("curves %d and %d have a mark at the same place", other, i)
			}
			taken[k] = i
		}
	}
	img := vgimg.NewWith(vgimg.UseWH(8*vg.Inch, 4*vg.Inch), vgimg.UseDPI(100))
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 100, 0, 2
	addCurves(p, curves)
	p.Draw(draw.New(img))
	found := map[color.Color]int{}
	bounds := img.Image().Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			found[color.RGBAModel.Convert(img.Image().At(x, y))]++
		}
	}
	for i := range curves {
		if found[colourOf(i)] < 100 {
			t.Errorf("curve %d shows in %d pixels", i, found[colourOf(i)])
		}
	}
}

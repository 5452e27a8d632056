package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// outline is the shape of a mark: corners on a circle, the first at turn, in parts of a
// full turn from three o'clock.
type outline struct {
	corners int
	turn    float64
}

// outlines are the shapes of marks. There are fewer than colours, and no common divisor:
// variants of one colour have different shapes.
var outlines = []outline{
	{24, 0},    // a circle
	{4, 0.125}, // a square
	{3, 0.25},  // a triangle
	{4, 0},     // a diamond
	{3, 0.75},  // a triangle on its head
}

// outlineOf is the shape of the variant at that place of the scenario, the same in every
// picture: a reader may see no difference between two colours.
func outlineOf(place int) outline { return outlines[place%len(outlines)] }

const (
	markRadius = vg.Length(3.6)
	markEdge   = vg.Length(1.1) // white, around a mark: it stands out from lines below
	marksEach  = 7              // on a curve
)

// drawMark draws the mark of a variant.
func drawMark(c *draw.Canvas, place int, at vg.Point) {
	paint := func(clr color.Color, radius vg.Length) {
		shape, points := outlineOf(place), []vg.Point(nil)
		for i := range shape.corners {
			sin, cos := math.Sincos(2 * math.Pi * (shape.turn + float64(i)/float64(shape.corners)))
			points = append(points, vg.Point{X: at.X + radius*vg.Length(cos), Y: at.Y + radius*vg.Length(sin)})
		}
		c.FillPolygon(clr, points)
	}
	paint(white, markRadius+markEdge)
	paint(colourOf(place), markRadius)
}

// marksOf are the points of each curve that get its mark. No two curves have a mark at the
// same place: where lines lie on each other, the marks show which.
func marksOf(curves []armCurve) (marks [][]int) {
	for i, c := range curves {
		var at []int
		for k := range marksEach {
			share := (float64(k) + (float64(i)+0.5)/float64(len(curves))) / marksEach
			if p := int(share * float64(len(c.x))); p < len(c.x) && !math.IsNaN(c.mid[p]) {
				at = append(at, p)
			}
		}
		marks = append(marks, at)
	}
	return marks
}

// markLayer draws the marks of curves.
func markLayer(curves []armCurve) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		for i, at := range marksOf(curves) {
			for _, k := range at {
				drawMark(&c, curves[i].Place, vg.Point{X: x(curves[i].x[k]), Y: y(curves[i].mid[k])})
			}
		}
	}
}

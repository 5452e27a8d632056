package chart

import (
	"fmt"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// named is the curve of one variant.
type named struct {
	view.Arm
	curve
}

// addCurves puts the variants' bands on the plot, and above all bands their
// lines.
func addCurves(p *plot.Plot, curves []named) error {
	for _, n := range curves {
		_, bands := n.pieces()
		for _, b := range bands {
			band, err := plotter.NewPolygon(b)
			if err != nil {
				return fmt.Errorf("band of %s: %w", n.Name, err)
			}
			band.Color = veil(colourOf(n.Place))
			band.LineStyle.Width = 0
			p.Add(band)
		}
	}
	for _, n := range curves {
		lines, _ := n.pieces()
		for _, l := range lines {
			line, err := plotter.NewLine(l)
			if err != nil {
				return fmt.Errorf("line of %s: %w", n.Name, err)
			}
			line.LineStyle = draw.LineStyle{Color: colourOf(n.Place), Width: 2}
			p.Add(line)
		}
	}
	return nil
}

// drawLabelled draws the plot and, in the margin to its right, each curve's name at
// the height where the curve ends. Where one had to make room for others, all have a
// line to their curves.
func drawLabelled(c draw.Canvas, p *plot.Plot, curves []named) {
	room := vg.Length(0)
	for _, n := range curves {
		room = max(room, nameStyle.Width(shortName(n.Name))+leader+8)
	}
	left := draw.Crop(c, 0, -room, 0, 0)
	p.Draw(left)
	data := p.DataCanvas(left)
	ends := endings(curves, p, data)
	moved := slices.ContainsFunc(ends, func(e ending) bool { return math.Abs(float64(e.y-e.curve)) > 1 })
	for _, e := range ends {
		style := nameStyle
		style.Color = ink(colourOf(e.Place))
		if moved {
			c.StrokeLine2(draw.LineStyle{Color: colourOf(e.Place), Width: 0.8}, data.Max.X+1, e.curve, data.Max.X+leader, e.y)
		}
		c.FillText(style, vg.Point{X: data.Max.X + leader + 3, Y: e.y}, shortName(e.Name))
	}
}

// leader is the room between a curve's end and its name.
const leader = vg.Length(14)

// endings are where the curves end, with places for their names.
func endings(curves []named, p *plot.Plot, data draw.Canvas) (ends []ending) {
	_, y := p.Transforms(&data)
	for _, n := range curves {
		if _, mid, ok := n.last(); ok {
			ends = append(ends, ending{n.Arm, y(mid), y(mid)})
		}
	}
	spread(ends, 13, data.Min.Y, data.Max.Y)
	return ends
}

// nameStyle is how a variant's name is set beside its curve.
var nameStyle = bold(11, text)

// shortName leaves a curve its room whatever its variant is called.
func shortName(name string) string { return fitted(name, 1.5*vg.Inch, nameStyle) }

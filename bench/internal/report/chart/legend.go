package chart

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// legendEntry explains a line of a plot.
type legendEntry struct {
	text string
	line draw.LineStyle
	mark func(c *draw.Canvas, at vg.Point) // on the line; nil: none
}

const legendRow = vg.Length(16)

// drawLegend writes the entries at the top of the canvas, from left to right in as many
// rows as they need, and returns the rest of the canvas.
func drawLegend(c draw.Canvas, entries []legendEntry) draw.Canvas {
	const sample, gap = vg.Length(20), vg.Length(18)
	at := vg.Point{X: c.Min.X, Y: c.Max.Y - legendRow/2}
	style := plain(bodySize, text)
	for _, e := range entries {
		label := fitted(e.text, c.Max.X-c.Min.X-sample, style)
		end := at.X + sample + style.Width(label)
		if at.X > c.Min.X && end > c.Max.X {
			end -= at.X - c.Min.X
			at = vg.Point{X: c.Min.X, Y: at.Y - legendRow}
		}
		c.StrokeLine2(e.line, at.X, at.Y, at.X+sample-4, at.Y)
		if e.mark != nil {
			e.mark(&c, vg.Point{X: at.X + (sample-4)/2, Y: at.Y})
		}
		c.FillText(style, vg.Point{X: at.X + sample, Y: at.Y}, label)
		at.X = end + gap
	}
	c.Max.Y = at.Y - legendRow
	return c
}

package chart

import (
	"bytes"
	"image/color"

	"github.com/memproof/memproof/bench/internal/report/view"
	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A picture is 8 inches at 200 dots each: 1600 pixels wide, and text of 10
// points is 14 pixels high when a code host shows it at half size.
const (
	dpi      = 200
	width    = 8 * vg.Inch
	margin   = 0.15 * vg.Inch
	bodySize = vg.Length(10) // points, of most text
)

// newCanvas is a white sheet of the width of all pictures.
func newCanvas(height vg.Length) *vgimg.Canvas {
	return vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
}

// sans is a style of Liberation Sans, anchored at its left and its middle.
func sans(size vg.Length, weight xfont.Weight, c color.Color) draw.TextStyle {
	return draw.TextStyle{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size},
		XAlign:  draw.XLeft,
		YAlign:  draw.YCenter,
		Handler: plot.DefaultTextHandler,
	}
}

func plain(size vg.Length, c color.Color) draw.TextStyle { return sans(size, xfont.WeightNormal, c) }
func bold(size vg.Length, c color.Color) draw.TextStyle  { return sans(size, xfont.WeightBold, c) }

// headed writes the title and the key at the top of a sheet and returns the rest of
// it, within the margins.
func headed(sheet *vgimg.Canvas, title, key string) draw.Canvas {
	c := draw.Crop(draw.New(sheet), margin, -margin, margin, -margin)
	c.FillText(bold(15, text), vg.Point{X: c.Min.X, Y: c.Max.Y - 8}, title)
	c.FillText(plain(bodySize, muted), vg.Point{X: c.Min.X, Y: c.Max.Y - 27}, key)
	return draw.Crop(c, 0, 0, 0, -44)
}

// newPlot is a plot without frame or Y axis.
func newPlot() *plot.Plot {
	p := plot.New()
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.Tick.Label.Font = plain(bodySize, text).Font
		a.Tick.Label.Color = muted
		a.Label.TextStyle.Font = a.Tick.Label.Font
		a.Label.TextStyle.Color = muted
		a.Label.Padding = 4
	}
	p.X.LineStyle = draw.LineStyle{Color: muted, Width: 0.7}
	p.X.Tick.LineStyle = p.X.LineStyle
	p.X.Tick.Length = 4
	p.HideY()
	return p
}

// fill paints the rectangle between two corners.
func fill(c *draw.Canvas, clr color.Color, x0, y0, x1, y1 vg.Length) {
	c.FillPolygon(clr, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
}

// layer lets a function be a layer of a plot.
type layer func(c draw.Canvas, p *plot.Plot)

// Plot implements plot.Plotter.
func (l layer) Plot(c draw.Canvas, p *plot.Plot) { l(c, p) }

// picture returns an output's Write: draw, encoded as a PNG.
func picture(draw func(view.Material) (*vgimg.Canvas, error)) func(view.Material) ([]byte, error) {
	return func(m view.Material) ([]byte, error) {
		if err := m.NeedsFigures(); err != nil {
			return nil, err
		}
		canvas, err := draw(m)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		_, err = vgimg.PngCanvas{Canvas: canvas}.WriteTo(&text)
		return text.Bytes(), err
	}
}

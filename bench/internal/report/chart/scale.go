package chart

import (
	"math"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawScale sets the interval against the claim's range.
func drawScale(c draw.Canvas, claim verdict.ClaimVerdict) {
	p := newPlot()
	p.X.Min, p.X.Max = domainOf(claim)
	p.X.Tick.Marker = roundTicks{claimAxis(claim, math.Max(math.Abs(p.X.Min), math.Abs(p.X.Max))), 5}
	p.Y.Min, p.Y.Max = 0, 1
	p.Y.Tick.Marker = plot.ConstantTicks{}
	p.Add(claimRange(claim), noEffect(claim), measuredEffect(claim))
	p.Draw(c)
}

// claimAxis is the unit of the claim's figures.
func claimAxis(claim verdict.ClaimVerdict, most float64) axisUnit {
	if own := claim.Comparison.Facts().Own; own != nil {
		return axisUnit{own.Mark, own.Size}
	}
	return metricAxis(claim.Metric, most)
}

// metricAxis is the unit in which [metric.Name.Show] prints figures up to most.
func metricAxis(m metric.Name, most float64) axisUnit {
	if strings.HasSuffix(m.Show(1), "%") {
		return percentAxis
	}
	return axisUnitFor(m.Unit(), most)
}

// domainOf holds all that is drawn of a claim: blocks, interval, bounds, and
// what no effect would be.
func domainOf(claim verdict.ClaimVerdict) (low, high float64) {
	xs := append([]float64{*claim.Low, *claim.High}, claim.PerBlock...)
	for _, b := range []*float64{claim.AtLeast, claim.AtMost} {
		if b != nil {
			xs = append(xs, *b)
		}
	}
	if x, ok := nothing(claim); ok {
		xs = append(xs, x)
	}
	low, high = math.Inf(1), math.Inf(-1)
	for _, x := range xs {
		low, high = math.Min(low, x), math.Max(high, x)
	}
	if low == high {
		low, high = around(claim, low)
	}
	pad := 0.08 * (high - low)
	return low - pad, high + pad
}

// around is what is drawn about a figure without scatter that is exactly what
// was claimed. It is a count as a rule, and none is below 0.
func around(claim verdict.ClaimVerdict, x float64) (low, high float64) {
	width := math.Max(0.1*math.Abs(x), claimAxis(claim, math.Abs(x)).size)
	if x == 0 && !claim.Comparison.Facts().Baseline {
		return 0, width
	}
	return x - width, x + width
}

// nothing is the figure of a comparison between equals.
func nothing(claim verdict.ClaimVerdict) (x float64, ok bool) {
	facts := claim.Comparison.Facts()
	return facts.NoEffect, facts.Baseline
}

// The heights within a row's scale, from its axis at 0 to its top at 1.
const (
	noteAt = 0.86
	barAt  = 0.52
	dotsAt = 0.2
)

func claimRange(claim verdict.ClaimVerdict) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		x, _ := p.Transforms(&c)
		low, high := c.Min.X, c.Max.X
		edge := draw.LineStyle{Color: palette[2], Width: 1.2}
		if claim.AtLeast != nil {
			low = x(*claim.AtLeast)
			defer c.StrokeLine2(edge, low, c.Min.Y, low, c.Max.Y)
		}
		if claim.AtMost != nil {
			high = x(*claim.AtMost)
			defer c.StrokeLine2(edge, high, c.Min.Y, high, c.Max.Y)
		}
		fill(&c, holds, low, c.Min.Y, high, c.Max.Y)
	}
}

// noEffect marks where the two variants would be equal.
func noEffect(claim verdict.ClaimVerdict) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		at, ok := nothing(claim)
		if !ok {
			return
		}
		x, y := p.Transforms(&c)
		c.StrokeLine2(draw.LineStyle{Color: muted, Width: 0.8, Dashes: []vg.Length{2, 2}}, x(at), c.Min.Y, x(at), y(noteAt-0.12))
		note := aligned(plain(8.5, muted), draw.XCenter, draw.YCenter)
		half := note.Width("no change") / 2
		middle := x(at)
		for _, b := range []*float64{claim.AtLeast, claim.AtMost} {
			if b != nil {
				middle = beside(middle, x(*b), half+4, c.Min.X, c.Max.X)
			}
		}
		c.FillText(note, vg.Point{X: max(c.Min.X+half+2, min(middle, c.Max.X-half-2)), Y: y(noteAt)}, "no change")
	}
}

// beside moves a text of that half width off a line that would cross it, to the
// side on which it is or, from the line itself, on which there is more room; to
// the other where it would not fit.
func beside(middle, line, half, left, right vg.Length) vg.Length {
	off := middle - line
	if off <= -half || off >= half {
		return middle
	}
	toRight := off > 0 || off == 0 && right-line > line-left
	if toRight && line+2*half > right || !toRight && line-2*half < left {
		toRight = !toRight
	}
	if toRight {
		return line + half
	}
	return line - half
}

func measuredEffect(claim verdict.ClaimVerdict) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		for _, b := range claim.PerBlock {
			c.DrawGlyph(draw.GlyphStyle{Color: muted, Radius: 2, Shape: draw.RingGlyph{}}, vg.Point{X: x(b), Y: y(dotsAt)})
		}
		from, to, at := x(*claim.Low), x(*claim.High), y(barAt)
		c.StrokeLine2(draw.LineStyle{Color: text, Width: 4}, from, at, max(to, from+1), at)
		// A line across, for a dot would hide the ends of a narrow interval.
		c.StrokeLine2(draw.LineStyle{Color: text, Width: 2}, x(*claim.Estimate), at-8, x(*claim.Estimate), at+8)
	}
}

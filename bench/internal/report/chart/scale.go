package chart

import (
	"math"
	"slices"
	"strings"

	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawScale draws the claim's range, its interval and its blocks on one axis.
func drawScale(c draw.Canvas, claim verdict.ClaimVerdict) {
	p := newPlot()
	p.X.Min, p.X.Max = domainOf(claim)
	p.X.Tick.Marker = roundTicks{claimAxis(claim, max(math.Abs(p.X.Min), math.Abs(p.X.Max))), 5}
	p.Y.Min, p.Y.Max = 0, 1
	p.Add(claimRange(claim), measuredEffect(claim))
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

// domainOf holds all that is drawn of a claim: blocks, interval, bounds and "no change".
func domainOf(claim verdict.ClaimVerdict) (low, high float64) {
	facts := claim.Comparison.Facts()
	xs := slices.Concat([]float64{*claim.Low, *claim.High}, claim.PerBlock, boundsOf(claim))
	if facts.Baseline {
		xs = append(xs, facts.NoEffect)
	}
	low, high = slices.Min(xs), slices.Max(xs)
	if low == high { // a count, as a rule: equal in all trials, and as claimed
		width := max(0.1*math.Abs(low), claimAxis(claim, math.Abs(low)).size)
		high += width
		if low != 0 || facts.Baseline {
			low -= width
		}
	}
	pad := 0.08 * (high - low)
	return low - pad, high + pad
}

// boundsOf are the ends that the claim states.
func boundsOf(claim verdict.ClaimVerdict) (bounds []float64) {
	for _, b := range []*float64{claim.AtLeast, claim.AtMost} {
		if b != nil {
			bounds = append(bounds, *b)
		}
	}
	return bounds
}

// claimRange marks where the claim holds, and where the two variants would be equal.
func claimRange(claim verdict.ClaimVerdict) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		x, _ := p.Transforms(&c)
		low, high := c.Min.X, c.Max.X
		if claim.AtLeast != nil {
			low = x(*claim.AtLeast)
		}
		if claim.AtMost != nil {
			high = x(*claim.AtMost)
		}
		fill(&c, holds, low, c.Min.Y, high, c.Max.Y)
		upright := func(at float64, style draw.LineStyle) { c.StrokeLine2(style, x(at), c.Min.Y, x(at), c.Max.Y) }
		for _, b := range boundsOf(claim) {
			upright(b, draw.LineStyle{Color: palette[2], Width: 1.2})
		}
		if facts := claim.Comparison.Facts(); facts.Baseline {
			upright(facts.NoEffect, draw.LineStyle{Color: text, Width: 0.8, Dashes: []vg.Length{2, 2}})
		}
	}
}

// The heights within a row's scale, from its axis at 0 to its top at 1.
const (
	intervalAt = 0.62
	blocksAt   = 0.22
)

func measuredEffect(claim verdict.ClaimVerdict) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		for _, b := range claim.PerBlock {
			c.DrawGlyph(draw.GlyphStyle{Color: muted, Radius: 2, Shape: draw.RingGlyph{}}, vg.Point{X: x(b), Y: y(blocksAt)})
		}
		from, to, at := x(*claim.Low), x(*claim.High), y(intervalAt)
		c.StrokeLine2(draw.LineStyle{Color: text, Width: 4}, from, at, max(to, from+1), at)
		// A line across, for a dot would hide the ends of a narrow interval.
		c.StrokeLine2(draw.LineStyle{Color: text, Width: 2}, x(*claim.Estimate), at-8, x(*claim.Estimate), at+8)
	}
}

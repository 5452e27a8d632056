package chart

import (
	"cmp"
	"math"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/sensitivity"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Along is the effect of the headline claim over the time of the load.
var Along = view.Output{Name: "effect-over-time.png", Write: picture(drawAlong), Only: view.AsksOverLoad, Caption: &view.Caption{
	Title: "The effect over time",
	Alt:   "The effect of the main claim on memory in each slice of the load, and the range that the claim states",
	HowTo: "Each slice of the load is judged by itself, with the rule of the claim: it is proven where the whole band lies in the green. " +
		"Only the phase marked as measured counts. A claim that holds late and not early depends on the length of the window.",
}}

func drawAlong(m view.Material) (*vgimg.Canvas, error) {
	claim, drawn, err := examined(m)
	if err != nil {
		return nil, err
	}
	curves, ends := sliceCurves(drawn.Slices)
	if len(ends) == 0 {
		return nil, view.NotMade("no slice of the load has a reading in every trial")
	}
	p := newPlot()
	p.X.Min, p.X.Max = 0, m.Run.Scenario.LoadLength().Seconds()
	p.Y.Min, p.Y.Max = rangeOf(slices.Concat(ends, boundsOf(claim)))
	p.X.Label.Text = "seconds since the load began"
	p.X.Tick.Marker = roundTicks{plainAxis, 8}
	p.Y.Tick.Marker = roundTicks{claimAxis(claim, max(-p.Y.Min, p.Y.Max)), 6}
	p.Add(claimedArea(claim), phaseMarks(m.Run.Scenario.Load.Phases), claimedEnds(claim))
	addSlices(p, curves, placeOf(m, claim))
	sheet := newCanvas(3.9 * vg.Inch)
	c := headed(sheet, "Memory of "+claim.Variant+" vs "+claim.Baseline+" over the load: "+string(claim.Comparison),
		"line: mean over "+view.Plural(len(claim.Blocks), "block")+"; band: interval of each slice by itself, with the A/A margin; green: where the claim holds")
	p.Draw(draw.Crop(c, 0, 0, 0, -phaseNames))
	return sheet, nil
}

// examined returns the claim that is examined over the load, and its figures.
func examined(m view.Material) (verdict.ClaimVerdict, *sensitivity.Sensitivity, error) {
	s := m.Verdict.Sensitivity
	if s == nil {
		return verdict.ClaimVerdict{}, nil, view.NotMade("the claims were not tested yet, or the samples are not there")
	}
	claim, ok := view.HeadlineOf(m.Verdict)
	if !ok {
		return claim, nil, view.NotMade(cmp.Or(s.Absent, "the claim is not in the verdict"))
	}
	return claim, s, nil
}

func placeOf(m view.Material, claim verdict.ClaimVerdict) int {
	return max(0, slices.IndexFunc(m.Arms, func(a view.Arm) bool { return a.Name == claim.Variant }))
}

// sliceCurves returns the curve of the slices at their middles, and what sets the axis: all
// estimates, and all ends but the widest tenth, which would flatten the rest.
func sliceCurves(all []sensitivity.Slice) (c curve, ends []float64) {
	var mids, lows, highs []float64
	for _, s := range all {
		c.x = append(c.x, (s.From+s.To)/2)
		if s.Answer == nil {
			c.mid, c.low, c.high = append(c.mid, math.NaN()), append(c.low, math.NaN()), append(c.high, math.NaN())
			continue
		}
		low, high := s.Answer.Decided()
		c.mid, c.low, c.high = append(c.mid, s.Answer.Estimate), append(c.low, low), append(c.high, high)
		mids, lows, highs = append(mids, s.Answer.Estimate), append(lows, low), append(highs, high)
	}
	slices.Sort(lows)
	slices.Sort(highs)
	if n := len(lows); n > 0 {
		ends = slices.Concat(mids, lows[n/10:], highs[:n-n/10])
	}
	return c, ends
}

// rangeOf is an axis that holds the values.
func rangeOf(xs []float64) (low, high float64) {
	low, high = slices.Min(xs), slices.Max(xs)
	pad := 0.06 * (high - low)
	if pad == 0 {
		pad = max(1e-9, 0.1*max(low, -low))
	}
	return low - pad, high + pad
}

// claimedArea is the claimed range of a claim on the Y axis.
func claimedArea(claim verdict.ClaimVerdict) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		_, y := p.Transforms(&c)
		low, high := p.Y.Min, p.Y.Max
		if claim.AtLeast != nil {
			low = max(low, *claim.AtLeast)
		}
		if claim.AtMost != nil {
			high = min(high, *claim.AtMost)
		}
		if low < high {
			fill(&c, holds, c.Min.X, y(low), c.Max.X, y(high))
		}
	}
}

// claimedEnds are the ends of that range, and "no change" if it lies on the axis.
func claimedEnds(claim verdict.ClaimVerdict) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		_, y := p.Transforms(&c)
		level := func(at float64, style draw.LineStyle) {
			if p.Y.Min <= at && at <= p.Y.Max {
				c.StrokeLine2(style, c.Min.X, y(at), c.Max.X, y(at))
			}
		}
		for _, b := range boundsOf(claim) {
			level(b, draw.LineStyle{Color: palette[2], Width: 1.2})
		}
		level(claim.Comparison.Facts().NoEffect, draw.LineStyle{Color: text, Width: 0.8, Dashes: []vg.Length{2, 2}})
	}
}

// addSlices adds the band and the line, cut off at the ends of the axis.
func addSlices(p *plot.Plot, c curve, place int) {
	for i := range c.x {
		c.low[i], c.high[i] = max(c.low[i], p.Y.Min), min(c.high[i], p.Y.Max) // NaN stays
	}
	lines, bands := c.pieces()
	p.Add(&plotter.Polygon{XYs: bands, Color: veil(colourOf(place))})
	for _, l := range lines {
		p.Add(&plotter.Line{XYs: l, LineStyle: draw.LineStyle{Color: colourOf(place), Width: 2}})
	}
}

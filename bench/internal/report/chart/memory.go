package chart

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"github.com/memproof/memproof/bench/scenario/load"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Memory is memory over the time of the load.
var Memory = view.Output{Name: "memory.png", Write: picture(drawMemory), Caption: &view.Caption{
	Title: "Memory over time",
	Alt:   "Memory of each variant over the time of the load",
	HowTo: "Lower is better. Only the phase marked as measured counts. A line that still rises there has not settled.",
}}

func drawMemory(m view.Material) (*vgimg.Canvas, error) {
	end := m.Run.Scenario.LoadLength().Seconds()
	arms := m.Counted(metric.MemoryMean)
	curves, err := memoryCurves(m, arms, end)
	if err != nil {
		return nil, err
	}
	top := topOf(curves)
	if top == 0 {
		return nil, view.NotMade("no sample of a valid trial has the memory figure")
	}
	claims, highest := memoryClaims(m, 1.4*top)
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, max(top*1.05, highest*1.02)
	p.X.Label.Text = "seconds since the load began"
	p.X.Tick.Marker = roundTicks{plainAxis, 8}
	p.Y.Tick.Marker = roundTicks{axisUnitFor(metric.UnitBytes, top), 6}
	p.Add(phaseMarks(m.Run.Scenario.Load.Phases), claimBands(claims))
	addCurves(p, curves)
	sheet := newCanvas(4.6 * vg.Inch)
	c := headed(sheet, "Memory, "+m.Basis(), "line: mean of "+view.TrialCount(arms)+"; band: lowest to highest reading of any trial")
	legend := curveLegend(curves)
	for _, claim := range claims {
		legend = append(legend, legendEntry{text: claim.text, line: claim.edge()})
	}
	p.Draw(draw.Crop(drawLegend(c, legend), 0, 0, 0, -phaseNames))
	return sheet, nil
}

// phaseNames is the height of the strip above the plot that names the phases.
const phaseNames = vg.Length(16)

func memoryCurves(m view.Material, arms []view.Arm, end float64) ([]armCurve, error) {
	var out []armCurve
	for _, a := range arms {
		var trials [][]point
		for _, t := range a.Trials {
			points, err := memoryPoints(t, end, m.BasisOf(t))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t.Label(), err)
			}
			trials = append(trials, points)
		}
		out = append(out, armCurve{a, curveOver(trials, end)})
	}
	return out, nil
}

// phaseMarks shades the phases that do not count, and names every phase above the plot.
func phaseMarks(phases []load.Phase) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		x, _ := p.Transforms(&c)
		name, from := plain(9, muted), 0.0
		for _, s := range phases {
			label, to := s.Name, from+s.For.Seconds()
			if s.Measure {
				label += ", measured"
			} else {
				fill(&c, shade, x(from), c.Min.Y, x(to), c.Max.Y)
			}
			if name.Width(label)+4 < x(to)-x(from) {
				c.FillText(name, vg.Point{X: x(from) + 4, Y: c.Max.Y + phaseNames/2}, label)
			}
			c.StrokeLine2(draw.LineStyle{Color: rest, Width: 0.8}, x(from), c.Min.Y, x(from), c.Max.Y+phaseNames/2)
			from = to
		}
	}
}

// memoryClaim is a claimed range of a variant's mean memory, in bytes. low equals high
// if the claim states one end.
type memoryClaim struct {
	view.Arm
	low, high float64
	text      string
}

// memoryClaims returns the claims with an end below the limit, and the highest such
// end. A higher one would flatten the curves.
func memoryClaims(m view.Material, limit float64) (claims []memoryClaim, highest float64) {
	for _, c := range m.Verdict.Claims {
		i := slices.IndexFunc(m.Arms, func(a view.Arm) bool { return a.Name == c.Variant })
		if i < 0 || c.Metric != metric.MemoryMean || c.Comparison.Facts().Baseline {
			continue
		}
		low, high := *cmp.Or(c.AtLeast, c.AtMost), *cmp.Or(c.AtMost, c.AtLeast)
		if low < limit {
			claims = append(claims, memoryClaim{m.Arms[i], low, high, c.Variant + ", claimed: " + c.ShowBound()})
			highest = max(highest, low)
		}
		if high < limit {
			highest = max(highest, high)
		}
	}
	return claims, highest
}

func (m memoryClaim) edge() draw.LineStyle {
	return draw.LineStyle{Color: tint(colourOf(m.Place), 0.7), Width: 0.8, Dashes: []vg.Length{3, 3}}
}

func claimBands(claims []memoryClaim) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		_, y := p.Transforms(&c)
		for _, m := range claims {
			fill(&c, tint(colourOf(m.Place), 0.1), c.Min.X, y(m.low), c.Max.X, y(min(m.high, p.Y.Max)))
			for _, end := range []float64{m.low, m.high} {
				if end <= p.Y.Max {
					c.StrokeLine2(m.edge(), c.Min.X, y(end), c.Max.X, y(end))
				}
			}
		}
	}
}

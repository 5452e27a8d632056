package chart

import (
	"fmt"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Memory is memory over the time of the load.
var Memory = view.Output{Name: "memory.png", Write: picture(drawMemory), Caption: &view.Caption{
	Title: "Memory over time",
	Alt:   "Headline memory of each variant over the time of the load",
	HowTo: "Lower is better; only the part marked as measured counts, and a line that still rises there has not settled.",
}}

// drawMemory is headline memory over the time of the load.
func drawMemory(m view.Material) (*vgimg.Canvas, error) {
	phases := stretches(m.Run.Scenario)
	end := phases[len(phases)-1].to
	arms := m.Counted(metric.MemoryMean)
	curves, err := memoryCurves(m, arms, end)
	if err != nil {
		return nil, err
	}
	top := 0.0
	for _, c := range curves {
		top = max(top, c.top())
	}
	if top == 0 {
		return nil, view.NotMade("no sample of a valid trial holds the headline memory")
	}
	p := newPlot()
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end, 0, max(top*1.05, nearbyBound(m.Verdict, top)*1.02)
	p.X.Label.Text = "seconds since the load began"
	p.X.Tick.Marker = roundTicks{plainAxis, 8}
	p.Y.Tick.Marker = roundTicks{axisUnitFor(metric.UnitBytes, top), 6}
	claims := memoryClaims(m)
	p.Add(phaseMarks(phases), claimBands(claims), horizontalGrid())
	if err := addCurves(p, curves); err != nil {
		return nil, err
	}
	p.Add(claimNames(claims, curves))
	sheet := newCanvas(4.4 * vg.Inch)
	c := headed(sheet, "Memory, "+m.Basis(), "line: mean of "+view.TrialCount(arms)+"; band: lowest to highest reading of any trial")
	drawLabelled(draw.Crop(c, 0, 0, 0, -phaseNames), p, curves)
	return sheet, nil
}

// phaseNames is the height of the strip above the plot that names the phases.
const phaseNames = vg.Length(16)

func memoryCurves(m view.Material, arms []view.Arm, end float64) ([]named, error) {
	var out []named
	for _, a := range arms {
		var trials [][]point
		for _, t := range a.Trials {
			points, err := memoryPoints(t, end, m.BasisOf(t))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", t.Label(), err)
			}
			trials = append(trials, points)
		}
		out = append(out, named{a, curveOver(trials, end)})
	}
	return out, nil
}

func horizontalGrid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Color = nil
	g.Horizontal = draw.LineStyle{Color: rule, Width: 0.6}
	return g
}

// phaseMarks shades what does not count, and names every phase above the plot.
func phaseMarks(phases []stretch) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		x, _ := p.Transforms(&c)
		name := plain(9, muted)
		for _, s := range phases {
			label := s.Name
			if s.Measure {
				label += ", measured"
			} else {
				fill(&c, shade, x(s.from), c.Min.Y, x(s.to), c.Max.Y)
			}
			if name.Width(label)+4 < x(s.to)-x(s.from) {
				c.FillText(name, vg.Point{X: x(s.from) + 4, Y: c.Max.Y + phaseNames/2}, label)
			}
			c.StrokeLine2(draw.LineStyle{Color: rest, Width: 0.8}, x(s.from), c.Min.Y, x(s.from), c.Max.Y+phaseNames/2)
		}
	}
}

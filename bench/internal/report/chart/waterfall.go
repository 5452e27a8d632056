package chart

import (
	"slices"

	"github.com/memproof/memproof/bench/attribution"
	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/scenario"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Waterfall is the effect of each cause of an attribution.
var Waterfall = view.Output{
	Name: "attribution.png", Write: picture(drawWaterfall),
	Only: func(sc *scenario.Scenario) bool { return sc.Attribution != nil },
	Caption: &view.Caption{
		Title: "Which change had the effect",
		Alt:   "Steps from the variant without any change to the variant with all changes",
		HowTo: "A step is as long as the effect of its change, and the steps add up. " +
			"Grey is a change that was not made: its manipulation check did not move.",
	},
}

// waterfallStep is one row of the waterfall: a bar between two levels.
type waterfallStep struct {
	name      string
	from, to  float64
	low, high float64 // the interval around to; equal if there is none
	label     string
	whole     bool // a level, not a step
	dim       bool // a change that was not made
}

// drawWaterfall goes from the variant without any change to the variant with all of
// them, in one step a change.
func drawWaterfall(m view.Material) (*vgimg.Canvas, error) {
	a := m.Verdict.Attribution
	if a == nil {
		return nil, view.NotMade("an attribution needs two whole blocks")
	}
	if m.Run.Scenario.Attribution.Design == scenario.OneAtATime {
		return nil, view.NotMade("`one_at_a_time` gives bounds of the effects, not the effects; a step needs `full_factorial`")
	}
	steps := stepsOf(a)
	p := newPlot()
	var names, labels []string
	var ends []float64
	for i, s := range slices.Backward(steps) {
		p.Add(s.at(float64(len(names)), i+1 < len(steps)))
		names, labels, ends = append(names, s.name), append(labels, s.label), append(ends, 0, s.from, s.to, s.low, s.high)
	}
	p.X.Min, p.X.Max = slices.Min(ends), 1.02*slices.Max(ends)
	p.X.Tick.Marker = roundTicks{metricAxis(a.Metric, p.X.Max), 6}
	p.NominalY(names...)
	p.X.Padding, p.Y.Padding, p.Y.Min, p.Y.Max = 0, 8, -0.5, float64(len(steps))-0.5
	p.Y.Tick.Label.Font, p.Y.Tick.Label.Color = bold(bodySize, text).Font, text
	sheet := newCanvas((0.95 + 0.42*vg.Length(len(steps))) * vg.Inch)
	c := headed(sheet, "Which change had the effect: "+string(a.Metric)+a.Metric.Per(),
		"step: a change's effect, averaged over all orders of making the changes; line: "+view.IntervalName+" of the step")
	p.Draw(draw.Crop(c, 0, -widest(bold(bodySize, text), 8, labels...), 0, 0))
	return sheet, nil
}

func stepsOf(a *attribution.Attribution) []waterfallStep {
	level := func(name string, at float64) waterfallStep {
		return waterfallStep{name: name, to: at, low: at, high: at, label: a.Metric.Show(at), whole: true}
	}
	at := a.None
	steps := []waterfallStep{level(scenario.NoCauses, at)}
	for _, c := range a.Causes {
		s := waterfallStep{
			name: c.Name, from: at, to: at + c.Shapley.Change, low: at + c.Shapley.Low, high: at + c.Shapley.High,
			label: view.ShowChange(a.Metric, c.Shapley.Change), dim: !c.Moved,
		}
		if s.dim {
			s.label += ", " + view.NotRun
		}
		at = s.to
		steps = append(steps, s)
	}
	return append(steps, level(scenario.AllCauses, a.All))
}

func (s waterfallStep) colour() (i int) {
	switch {
	case s.whole && s.name == scenario.NoCauses:
		return 0
	case s.whole:
		return 1
	case s.to > s.from:
		return 3
	default:
		return 2
	}
}

// at draws the step in that row. A linked row has a thin line down to the next.
func (s waterfallStep) at(row float64, linked bool) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		low, high, middle := y(row-0.32), y(row+0.32), y(row)
		colour := palette[s.colour()]
		if s.dim {
			colour = rest
		}
		left, right := x(min(s.from, s.to)), x(max(s.from, s.to))
		fill(&c, tint(colour, 0.55), left, low, right, high)
		if linked {
			c.StrokeLine2(draw.LineStyle{Color: muted, Width: 0.6}, x(s.to), low, x(s.to), y(row-1+0.32))
		}
		if s.high > s.low {
			c.StrokeLine2(draw.LineStyle{Color: text, Width: 1.6}, x(s.low), middle, x(s.high), middle)
		}
		c.FillText(bold(bodySize, text), vg.Point{X: max(right, x(s.high)) + 6, Y: middle}, s.label)
	}
}

package chart

import (
	"math"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/scenario"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Waterfall is what each change of an attribution earned.
var Waterfall = view.Output{
	Name: "attribution.png", Write: picture(drawWaterfall),
	Only: func(sc *scenario.Scenario) bool { return sc.Attribution != nil },
	Caption: &view.Caption{
		Title: "Which change earned it",
		Alt:   "Steps from the variant without any change to the one with all, one a change",
		HowTo: "A step is as long as what its change earned, and the steps add up; grey is a change that did nothing here.",
	},
}

// stepDown is one row of the waterfall: a bar between two levels.
type stepDown struct {
	name     string
	from, to float64
	low      float64 // of the interval around to; equal to high where there is none
	high     float64
	label    string
	whole    bool // a level and no step
	dim      bool // a change that did not act
}

// waterfallRow is the height of a row.
const waterfallRow = 0.42 * vg.Inch

// drawWaterfall goes from the variant without any change to the one with all of
// them, a step a change, as long as what the change earned.
func drawWaterfall(m view.Material) (*vgimg.Canvas, error) {
	a := m.Verdict.Attribution
	if a == nil {
		return nil, view.NotMade("an attribution needs two whole blocks")
	}
	if m.Run.Scenario.Attribution.Design == scenario.OneAtATime {
		return nil, view.NotMade("the ends of the design bound what a change earned and leave open what it is, so there is no step to draw")
	}
	steps := stepsOf(a)
	p := newPlot()
	p.X.Min, p.X.Max = waterfallDomain(steps)
	p.X.Tick.Marker = roundTicks{metricAxis(a.Metric, p.X.Max), 6}
	p.Y.Min, p.Y.Max = 0, float64(len(steps))
	p.Y.Tick.Marker = plot.ConstantTicks{}
	for i, s := range steps {
		p.Add(s.at(float64(len(steps)-1-i), i+1 < len(steps)))
	}
	sheet := newCanvas(0.95*vg.Inch + waterfallRow*vg.Length(len(steps)))
	c := headed(sheet, "Which change earned it: "+string(a.Metric)+a.Metric.Per(),
		"each step is a change's effect, averaged over all orders of making the changes; line: 95% interval of the step")
	p.Draw(draw.Crop(c, nameRoom(steps), -labelRoom(steps), 0, 0))
	return sheet, nil
}

func stepsOf(a *verdict.AttributionVerdict) []stepDown {
	at := a.None
	steps := []stepDown{{name: scenario.NoCauses, to: at, low: at, high: at, label: a.Metric.Show(at), whole: true}}
	for _, c := range a.Causes {
		s := stepDown{
			name: c.Name, from: at, to: at + c.Shapley.Change, low: at + c.Shapley.Low, high: at + c.Shapley.High,
			label: view.ShowChange(a.Metric, c.Shapley.Change), dim: !c.Moved,
		}
		if s.dim {
			s.label += ", " + view.NotRun
		}
		at = s.to
		steps = append(steps, s)
	}
	return append(steps, stepDown{name: scenario.AllCauses, to: a.All, low: a.All, high: a.All, label: a.Metric.Show(a.All), whole: true})
}

func waterfallDomain(steps []stepDown) (low, high float64) {
	for _, s := range steps {
		low = min(low, s.from, s.to, s.low)
		high = math.Max(high, max(s.from, s.to, s.high))
	}
	return low, high * 1.02
}

// nameRoom is what the longest name needs to the left of the bars.
func nameRoom(steps []stepDown) (room vg.Length) {
	for _, s := range steps {
		room = max(room, bold(bodySize, text).Width(s.name)+10)
	}
	return room
}

// labelRoom is what the label of a bar that ends at the right needs.
func labelRoom(steps []stepDown) (room vg.Length) {
	for _, s := range steps {
		room = max(room, bold(bodySize, text).Width(s.label)+8)
	}
	return room
}

// at draws the row of that number; linked rows have a thin line down to the next.
func (s stepDown) at(row float64, linked bool) drawn {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		low, high, middle := y(row+0.18), y(row+0.82), y(row+0.5)
		c.FillText(aligned(bold(bodySize, text), draw.XRight, draw.YCenter), vg.Point{X: c.Min.X - 8, Y: middle}, s.name)
		colour := palette[2]
		switch {
		case s.whole && s.name == scenario.NoCauses:
			colour = colourOf(0)
		case s.whole:
			colour = colourOf(1)
		case s.dim:
			colour = rest
		case s.to > s.from:
			colour = palette[3]
		}
		left, right := x(min(s.from, s.to)), x(max(s.from, s.to))
		fill(&c, tint(colour, 0.55), left, low, right, high)
		if linked {
			c.StrokeLine2(draw.LineStyle{Color: muted, Width: 0.6}, x(s.to), low, x(s.to), y(row-1+0.82))
		}
		if s.high > s.low {
			c.StrokeLine2(draw.LineStyle{Color: text, Width: 1.6}, x(s.low), middle, x(s.high), middle)
		}
		c.FillText(bold(bodySize, text), vg.Point{X: max(right, x(s.high)) + 6, Y: middle}, s.label)
	}
}

package chart

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/sensitivity"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Analyses is the headline claim by every defensible analysis.
var Analyses = view.Output{Name: "analyses.png", Write: picture(drawAnalyses), Only: view.AsksOverLoad, Caption: &view.Caption{
	Title: "Other analyses of the same trials",
	Alt:   "The main claim on memory by other figures, parts of the load and baselines, in order of the estimate",
	HowTo: "Each column is one defensible analysis: its estimate and interval above, its choices below. " +
		"The choices are the same for every run and decide nothing; the shaded column is the claim's own. " +
		"Columns of one colour mean that the answer does not depend on the choice.",
}}

const (
	choiceRow   = vg.Length(13) // height of a row of choices
	choiceWidth = 1.75 * vg.Inch
)

func drawAnalyses(m view.Material) (*vgimg.Canvas, error) {
	claim, drawn, err := examined(m)
	if err != nil {
		return nil, err
	}
	if len(drawn.Analyses) == 0 {
		return nil, view.NotMade("no analysis has an interval")
	}
	rows := choicesOf(drawn.Analyses)
	all := slices.SortedStableFunc(slices.Values(drawn.Analyses), func(a, b sensitivity.Analysis) int {
		return cmp.Compare(a.Answer.Estimate, b.Answer.Estimate)
	})
	matrix := choiceRow * vg.Length(len(rows)+2)
	sheet := newCanvas(3.6*vg.Inch + matrix)
	c := headed(sheet, fmt.Sprintf("%d analyses of “%s”", len(all), fitted(view.SentenceOf(claim), 5*vg.Inch, bold(15, text))),
		"lines: interval, with the A/A margin where the baseline is pooled; dots: estimate; green: where the claim holds")
	c = drawLegend(c, outcomeLegend(all))
	p := analysesPlot(claim, all)
	top := draw.Crop(c, choiceWidth, 0, matrix, 0)
	wide := widest(plain(bodySize, muted), 4, labelsOf(p)...)
	top.Min.X -= wide
	p.Draw(top)
	area := p.DataCanvas(top)
	drawChoices(c, p, area, rows, all)
	return sheet, nil
}

func labelsOf(p *plot.Plot) (labels []string) {
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		labels = append(labels, t.Label)
	}
	return labels
}

// outcomeLegend counts the outcomes.
func outcomeLegend(all []sensitivity.Analysis) (legend []legendEntry) {
	for _, n := range sensitivity.Counts(all) {
		style := draw.LineStyle{Color: outcomeColour(verdict.Outcome(n.Outcome)), Width: 2.5}
		legend = append(legend, legendEntry{text: fmt.Sprintf("%s: %d", n.Outcome, n.N), line: style})
	}
	return legend
}

func analysesPlot(claim verdict.ClaimVerdict, all []sensitivity.Analysis) *plot.Plot {
	p := newPlot()
	p.X.Min, p.X.Max = -0.5, float64(len(all))-0.5
	p.HideX()
	xs := boundsOf(claim)
	for _, a := range all {
		low, high := a.Answer.Decided()
		xs = append(xs, low, high)
	}
	p.Y.Min, p.Y.Max = rangeOf(xs)
	p.Y.Tick.Marker = roundTicks{claimAxis(claim, max(-p.Y.Min, p.Y.Max)), 6}
	p.Add(claimedArea(claim), ownColumn(all), claimedEnds(claim), columns(all))
	return p
}

// ownColumn shades the claim's own analysis.
func ownColumn(all []sensitivity.Analysis) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		x, _ := p.Transforms(&c)
		if i := slices.IndexFunc(all, func(a sensitivity.Analysis) bool { return a.Own }); i >= 0 {
			fill(&c, rule, x(float64(i)-0.5), c.Min.Y, x(float64(i)+0.5), c.Max.Y)
		}
	}
}

func columns(all []sensitivity.Analysis) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		for i, a := range all {
			low, high := a.Answer.Decided()
			at, clr := x(float64(i)), outcomeColour(verdict.Outcome(a.Answer.Outcome))
			c.StrokeLine2(draw.LineStyle{Color: clr, Width: 1.6}, at, y(low), at, y(high))
			c.DrawGlyph(draw.GlyphStyle{Color: clr, Radius: 2.4, Shape: draw.CircleGlyph{}}, vg.Point{X: at, Y: y(a.Answer.Estimate)})
		}
	}
}

// choice is one way to choose, and the analyses that chose it.
type choice struct {
	name  string
	of    func(sensitivity.Analysis) string
	begin bool // of a group of choices
}

func (ch choice) made(a sensitivity.Analysis) bool { return ch.of(a) == ch.name }

// choicesOf lists the figures, windows and baselines of the analyses, in their order.
func choicesOf(all []sensitivity.Analysis) (rows []choice) {
	for _, of := range []func(sensitivity.Analysis) string{
		func(a sensitivity.Analysis) string { return a.Figure },
		func(a sensitivity.Analysis) string { return a.Window },
		func(a sensitivity.Analysis) string { return "vs " + a.Baseline },
	} {
		var names []string
		for _, a := range all {
			if name := of(a); !slices.Contains(names, name) {
				rows = append(rows, choice{name, of, len(names) == 0})
				names = append(names, name)
			}
		}
	}
	return rows
}

// drawChoices marks below each column what it chose.
func drawChoices(c draw.Canvas, p *plot.Plot, area draw.Canvas, rows []choice, all []sensitivity.Analysis) {
	x, _ := p.Transforms(&area)
	label := plain(9, text)
	label.XAlign = draw.XRight
	y := area.Min.Y - choiceRow/4
	below := area
	below.Max.Y, below.Min.Y = area.Min.Y, c.Min.Y
	ownColumn(all)(below, p)
	for _, r := range rows {
		if r.begin {
			y -= choiceRow * 0.4
			c.StrokeLine2(draw.LineStyle{Color: rule, Width: 0.6}, c.Min.X, y, area.Max.X, y)
		}
		y -= choiceRow
		at := y + choiceRow/2
		c.FillText(label, vg.Point{X: area.Min.X - 6, Y: at}, fitted(r.name, choiceWidth-8, label))
		for i, a := range all {
			if r.made(a) {
				clr := outcomeColour(verdict.Outcome(a.Answer.Outcome))
				c.DrawGlyph(draw.GlyphStyle{Color: clr, Radius: 2.2, Shape: draw.CircleGlyph{}}, vg.Point{X: x(float64(i)), Y: at})
			}
		}
	}
}

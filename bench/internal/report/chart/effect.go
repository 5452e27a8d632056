package chart

import (
	"image/color"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Effect is a row a claim: its interval and its range.
var Effect = view.Output{Name: "effect.png", Write: picture(drawEffect), Caption: &view.Caption{
	Title: "The claims",
	Alt:   "The measured effect of each claim with its interval, and the range that the claim states",
	HowTo: "A claim is proven if its whole bar lies in the green, refuted if none of it does, " +
		"and inconclusive if it straddles an edge.",
}}

// The columns of the picture: the sentence, the scale, the answer.
const (
	rowHeight   = 0.95 * vg.Inch
	sayWidth    = 2.4 * vg.Inch
	answerWidth = 1.5 * vg.Inch
	columnGap   = 24 // points; a tick's label reaches beyond its scale
)

// drawEffect draws one row a claim, each on a scale of its own, for their units differ.
func drawEffect(m view.Material) (*vgimg.Canvas, error) {
	rows := drawnClaims(m.Verdict)
	if len(rows) == 0 {
		return nil, view.NotMade("no claim has an estimate with an interval")
	}
	high := vg.Length(0)
	for _, claim := range rows {
		high += claimHeight(claim)
	}
	sheet := newCanvas(0.75*vg.Inch + high)
	c := headed(sheet, "What was claimed, and what was measured",
		"green: where the claim holds; bar: the measured effect with its 90% interval; dots: single blocks; dashes: no change")
	top := c.Max.Y
	for _, claim := range rows {
		bottom := top - claimHeight(claim)
		drawClaim(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: c.Min.X, Y: bottom}, Max: vg.Point{X: c.Max.X, Y: top},
		}}, claim)
		top = bottom
	}
	return sheet, nil
}

// drawnClaims are the claims with a figure and an interval.
func drawnClaims(v *verdict.Verdict) (rows []verdict.ClaimVerdict) {
	for _, c := range v.Claims {
		if c.Estimate != nil && c.Low != nil && c.High != nil {
			rows = append(rows, c)
		}
	}
	return rows
}

func drawClaim(c draw.Canvas, claim verdict.ClaimVerdict) {
	c.StrokeLine2(draw.LineStyle{Color: rule, Width: 0.6}, c.Min.X, c.Max.Y, c.Max.X, c.Max.Y)
	long := c.Max.X - c.Min.X
	stack(draw.Crop(c, 0, sayWidth-long, 0, 0), sentenceLines(claim))
	drawScale(draw.Crop(c, sayWidth+columnGap, -answerWidth-columnGap, 4, -6), claim)
	stack(draw.Crop(c, long-answerWidth, 0, 0, 0), answerLines(claim))
}

func outcomeColour(o verdict.Outcome) color.Color {
	switch o {
	case verdict.Proven:
		return ink(palette[2])
	case verdict.Refuted:
		return text
	default:
		return muted
	}
}

// sentenceLines are the claim in its author's words, and below it what was checked.
func sentenceLines(claim verdict.ClaimVerdict) []textLine {
	lines := wrapped(view.FigureOf(claim)+": "+claim.ShowBound(), sayWidth, 4, plain(8.5, muted))
	if claim.Statement == "" {
		return lines
	}
	return append(wrapped(view.SentenceOf(claim), sayWidth, 3, bold(bodySize, text)), lines...)
}

// claimHeight is the height of the claim's row, with room for a long sentence.
func claimHeight(claim verdict.ClaimVerdict) vg.Length {
	return max(rowHeight, stackHeight(sentenceLines(claim))+14)
}

// answerLines are the verdict, the figures that it rests on, and how many more blocks
// would decide.
func answerLines(claim verdict.ClaimVerdict) []textLine {
	lines := []textLine{
		{string(claim.Outcome), bold(12, outcomeColour(claim.Outcome))},
		{claim.Show(*claim.Estimate), bold(bodySize, text)},
	}
	lines = append(lines, wrapped(claim.ShowInterval(), answerWidth, 2, plain(9, muted))...)
	if odds := claim.ShowEvenOdds(); odds != "" {
		lines = append(lines, wrapped("even odds: "+odds, answerWidth, 2, plain(9, muted))...)
	}
	return lines
}

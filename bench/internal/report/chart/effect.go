package chart

import (
	"image/color"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/verdict"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Effect is a row a claim: its interval against its range.
var Effect = view.Output{Name: "effect.png", Write: picture(drawEffect), Caption: &view.Caption{
	Title: "The claims",
	Alt:   "Each claim's measured effect with its interval against the range that it states",
	HowTo: "A claim is proven if its whole bar lies in the green, refuted if none of it does, and undecided if it straddles the edge; the dotted line is no effect.",
}}

// The columns of the picture: the sentence, the scale, the answer.
const (
	rowHeight   = 1.08 * vg.Inch
	sayWidth    = 2.4 * vg.Inch
	answerWidth = 1.5 * vg.Inch
	columnGap   = 24 // points; a tick's label reaches beyond its scale
)

// drawEffect is one row a claim: its interval against the range that it
// states, each on a scale of its own, for their units differ.
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
	c := headed(sheet, "What was claimed, and what was measured", "green: where the claim holds; bar: the measured effect with its interval; dots: single blocks")
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

// drawnClaims are those that have a figure with an interval.
func drawnClaims(v *verdict.Verdict) (rows []verdict.ClaimVerdict) {
	for _, c := range v.Claims {
		if c.Estimate != nil && c.Low != nil && c.High != nil {
			rows = append(rows, c)
		}
	}
	return rows
}

// drawClaim fills one row.
func drawClaim(c draw.Canvas, claim verdict.ClaimVerdict) {
	c.StrokeLine2(draw.LineStyle{Color: rule, Width: 0.6}, c.Min.X, c.Max.Y, c.Max.X, c.Max.Y)
	long := c.Max.X - c.Min.X
	stack(draw.Crop(c, 0, sayWidth-long, 0, 0), sentenceLines(claim))
	drawScale(draw.Crop(c, sayWidth+columnGap, -answerWidth-columnGap, 4, -6), claim)
	writeAnswer(draw.Crop(c, long-answerWidth, 0, 0, 0), claim)
}

// outcomeColour tells the outcomes apart; the word says which it is.
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

// sentenceLines are the claim in its author's words, and below it what it was taken
// to mean.
func sentenceLines(claim verdict.ClaimVerdict) (lines []textLine) {
	if claim.Statement != "" {
		style := bold(bodySize, text)
		for _, l := range wrapped(view.SentenceOf(claim), sayWidth, 3, style) {
			lines = append(lines, textLine{l, style})
		}
	}
	small := plain(8.5, muted)
	for _, l := range wrapped(view.FigureOf(claim)+": "+claim.ShowBound(), sayWidth, 4, small) {
		lines = append(lines, textLine{l, small})
	}
	return lines
}

// claimHeight is the row's: that of its scale, or of a long sentence.
func claimHeight(claim verdict.ClaimVerdict) vg.Length {
	return max(rowHeight, stackHeight(sentenceLines(claim))+14)
}

// writeAnswer puts the verdict and the figures that it rests on.
func writeAnswer(c draw.Canvas, claim verdict.ClaimVerdict) {
	lines := []textLine{
		{string(claim.Outcome), bold(12, outcomeColour(claim.Outcome))},
		{claim.Show(*claim.Estimate), bold(bodySize, text)},
	}
	for _, small := range answerDetail(claim) {
		for _, l := range wrapped(small, c.Max.X-c.Min.X, 2, plain(9, muted)) {
			lines = append(lines, textLine{l, plain(9, muted)})
		}
	}
	stack(c, lines)
}

// answerDetail stands below the estimate: its interval, and what would decide.
func answerDetail(claim verdict.ClaimVerdict) []string {
	lines := []string{claim.ShowInterval()}
	if claim.MoreBlocks > 0 {
		lines = append(lines, "about "+view.Plural(claim.MoreBlocks, "more block"))
	}
	return lines
}

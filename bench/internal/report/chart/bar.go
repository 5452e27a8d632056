package chart

import (
	"fmt"
	"image/color"

	"github.com/memproof/memproof/bench/internal/report/view"
	"github.com/memproof/memproof/bench/metric"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bar is one variant's stacked bar.
type bar struct {
	view.Arm
	split
}

// at draws the bar in that row, its name above it and its total at its end.
func (b bar) at(row float64) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		low, high := y(row+0.10), y(row+0.68)
		c.FillText(bold(12, ink(colourOf(b.Place))), vg.Point{X: c.Min.X, Y: y(row + 0.84)}, b.Name)
		from := 0.0
		for i, size := range b.processes {
			clr, label := b.segment(i)
			fill(&c, clr, x(from), low, x(from+size), high)
			from += size
			c.StrokeLine2(draw.LineStyle{Color: white, Width: 1}, x(from), low, x(from), high)
			writeInside(c, []string{label, metric.FormatValue(size, metric.UnitBytes)}, x(from-size), x(from), (low+high)/2)
		}
		end := x(from + b.kernel)
		fill(&c, rest, x(from), low, end, high)
		c.Min, c.Max = vg.Point{X: end + 6, Y: low}, vg.Point{X: end + 6, Y: high}
		stack(c, b.totalLines())
	}
}

// names returns what the root process is called, and what the others are.
func (b bar) names() (root, other string) {
	if b.prefork() {
		return "master", "worker"
	}
	return "root", "process"
}

// segment is the colour of a process' segment and its label: the root darkest, the
// others in two tints by turns.
func (b bar) segment(i int) (color.RGBA, string) {
	root, other := b.names()
	switch {
	case i == 0 && len(b.processes) == 1:
		return tint(colourOf(b.Place), 0.4), "the process"
	case i == 0:
		return tint(colourOf(b.Place), 0.75), root
	default:
		return tint(colourOf(b.Place), []float64{0.28, 0.4}[i%2]), fmt.Sprintf("%s %d", other, i)
	}
}

// writeInside writes two lines in the middle of a segment, if it has room for them.
func writeInside(c draw.Canvas, lines []string, left, right, middle vg.Length) {
	style := plain(9, text)
	style.XAlign = draw.XCenter
	if widest(style, 4, lines...) > right-left {
		return
	}
	for i, line := range lines {
		c.FillText(style, vg.Point{X: (left + right) / 2, Y: middle + 6 - 12*vg.Length(i)}, line)
	}
}

// totalLines are written at the bar's end: the sum, and how much of it is grey.
func (b bar) totalLines() []textLine {
	if len(b.processes) == 0 {
		return []textLine{{"PSS not measured", bold(12, text)}}
	}
	lines := []textLine{{metric.FormatValue(b.pss()+b.kernel, metric.UnitBytes), bold(12, text)}}
	if b.kernel > 0 {
		lines = append(lines, textLine{"of it " + metric.FormatValue(b.kernel, metric.UnitBytes) + " kernel", plain(9, muted)})
	}
	return lines
}
